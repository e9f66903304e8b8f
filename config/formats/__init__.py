"""How each language writes what a page gives no format for, where it is not as Django says: FORMAT_MODULE_PATH."""
