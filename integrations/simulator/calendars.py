"""Public holidays of the two countries, computed so that any year has them."""

from datetime import date, timedelta

FIXED = {
    "Europe/Madrid": {
        (1, 1): "Año Nuevo",
        (1, 6): "Epifanía del Señor",
        (5, 1): "Fiesta del Trabajo",
        (5, 2): "Fiesta de la Comunidad",
        (8, 15): "Asunción de la Virgen",
        (10, 12): "Fiesta Nacional",
        (11, 1): "Todos los Santos",
        (12, 6): "Día de la Constitución",
        (12, 8): "Inmaculada Concepción",
        (12, 25): "Natividad del Señor",
    },
    "Europe/Rome": {
        (1, 1): "Capodanno",
        (1, 6): "Epifania",
        (4, 25): "Liberazione",
        (5, 1): "Festa del Lavoro",
        (6, 2): "Repubblica",
        (8, 15): "Ferragosto",
        (11, 1): "Ognissanti",
        (12, 8): "Immacolata",
        (12, 25): "Natale",
        (12, 26): "Santo Stefano",
    },
}
AFTER_EASTER = {
    "Europe/Madrid": {-3: "Jueves Santo", -2: "Viernes Santo"},
    "Europe/Rome": {1: "Lunedì dell'Angelo"},
}


def easter(year: int) -> date:
    """Gregorian Easter Sunday (the anonymous computus of 1876)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap, leap_rest = divmod(century, 4)
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    quarter, quarter_rest = divmod(rest, 4)
    weekday = (32 + 2 * leap_rest + 2 * quarter - moon - quarter_rest) % 7
    correction = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


def holidays(time_zone: str, first: date, last: date) -> dict[date, str]:
    found: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        found |= {date(year, month, day): name for (month, day), name in FIXED[time_zone].items()}
        found |= {easter(year) + timedelta(days=days): name for days, name in AFTER_EASTER[time_zone].items()}
    return {day: found[day] for day in sorted(found) if first <= day <= last}
