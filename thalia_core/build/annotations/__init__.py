"""Expert annotations as the public archive keeps them: JSON in, masks and labels; and back.

``records`` reads the files, ``raster`` and ``contours`` turn polygons into masks and masks into
polygons, ``importing`` brings them into cubes, ``exporting`` writes JSON, COCO and GeoJSON.
"""
