"""The picture: layers, masks, tools and legends on a pyqtgraph view.

``layers`` turns planes into index planes on worker threads, ``raster`` puts exactly the visible
pixels on the screen, ``masks`` draws classes and ``tools`` knows how a hand paints; neither layers
nor tools know Qt. ``view.Canvas`` is the widget: the window talks to it alone.
"""
