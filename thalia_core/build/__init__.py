"""Cubes from products: ``licsar`` plans (what a frame folder holds), ``assemble`` writes."""
