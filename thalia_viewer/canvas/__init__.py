"""The picture: layers, masks, tools and legends on a pyqtgraph view.

``layers`` turns planes into index planes on worker threads, ``raster`` puts exactly the visible
pixels on the screen (``grid`` says which), ``masks`` says how classes look and ``tools`` how a hand
paints; layers, masks and tools know no Qt. ``view.Canvas`` is the widget: the window talks to it
alone. It is made of the frame's layer (``base_layer``), what lies over it (``overlays`` with
``marks``), the part of the frame that is seen (``lens``) and the tool under the cursor (``touch``).
"""
