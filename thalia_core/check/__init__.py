"""What is wrong with a cube: ``defects`` are named, ``repair`` mends what needs no guessing."""
