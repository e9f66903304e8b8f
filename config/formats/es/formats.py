DATE_FORMAT = "d/m/Y"
DATETIME_FORMAT = "d/m/Y H:i"
THOUSAND_SEPARATOR = "."  # as CLDR has it; Django parts them by a space
