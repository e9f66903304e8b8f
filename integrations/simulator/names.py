"""Who works at the simulated companies."""

from dataclasses import dataclass

TEAMS = ("Platform", "Payments", "Mobile")
FULL_WEEK = (28_800, 28_800, 28_800, 28_800, 28_800, 0, 0)


@dataclass(frozen=True, slots=True)
class Profile:
    """`left_months_ago` makes a deactivated account; `client_name` is how the client's own Jira calls the person."""

    name: str
    team: str
    time_zone: str = "Europe/Madrid"
    week: tuple[int, ...] = FULL_WEEK
    night_owl: bool = False
    hides_email: bool = False
    left_months_ago: int | None = None
    client_name: str | None = None


PART_TIME_HALF = (14_400, 14_400, 14_400, 14_400, 14_400, 0, 0)
PART_TIME_FOUR_DAYS = (28_800, 28_800, 28_800, 28_800, 0, 0, 0)

ALBORADA = (
    Profile("Lucía Garrido Peña", "Platform"),
    Profile("Iñaki Etxeberria", "Payments", client_name="Etxeberria, Ignacio (EXT)"),
    Profile("Marta Vidal i Puig", "Mobile", week=PART_TIME_FOUR_DAYS),
    Profile("Tomasz Wójcik", "Payments", time_zone="Europe/Warsaw", hides_email=True),
    Profile("Anneliese Brückner", "Platform", time_zone="Europe/Berlin"),
    Profile("Daniel O'Connor", "Payments", time_zone="America/New_York", night_owl=True),
    Profile("João Figueiredo", "Mobile", time_zone="Europe/Lisbon"),
    Profile("Carmen Ruiz", "Payments", week=PART_TIME_HALF),
    Profile("Sørine Kjær", "Mobile", time_zone="Europe/Copenhagen", hides_email=True),
    Profile("Haruka Tanaka", "Platform", time_zone="Asia/Tokyo", night_owl=True),
    Profile("Álvaro Núñez Crespo", "Payments", client_name="Nunez Crespo, Alvaro (EXT)"),
    Profile("Zofia Kowalczyk", "Platform", time_zone="Europe/Warsaw"),
    Profile("Pierre-Yves Lemaître", "Mobile", time_zone="Europe/Paris"),
    Profile("Elena Petrova", "Payments", left_months_ago=4),
    Profile("Gonzalo Iglesias", "Platform"),
    Profile("Nuria Ferrer", "Mobile"),
    Profile("Matteo Bianchi", "Payments", time_zone="Europe/Rome", hides_email=True),
    Profile("Ainhoa Larrañaga", "Mobile"),
    Profile("Ruben van der Meer", "Platform", time_zone="Europe/Amsterdam"),
    Profile("Carmen Ruiz Ortega", "Mobile"),
)

MERIDIANA = (
    Profile("Chiara Esposito", "Studio", time_zone="Europe/Rome"),
    Profile("Luca Ferraro", "Studio", time_zone="Europe/Rome"),
    Profile("Beatrice Lo Monaco", "Studio", time_zone="Europe/Rome", hides_email=True),
    Profile("Niccolò D'Amico", "Studio", time_zone="Europe/Rome", week=PART_TIME_HALF),
    Profile("Giulia Zanetti", "Studio", time_zone="Europe/Rome"),
)

FIRST_NAMES = (  # noqa: SIM905 - a literal list would be a page long
    "Adrián Aitana Aleksander Amélie Andrea Astrid Bruno Candela Clément Dagmar Diego Eike Emma Fátima Filip Greta "
    "Hugo Ingrid Irene Jakub Jana Joana Kasper Katarzyna Leire Leonor Lorenzo Maite Manon Mikel Nils Noa Olivier Paula "
    "Pau Renata Sofia Théo Ulla Valentina Vera Wiktor Xavier Yolanda"
).split()
LAST_NAMES = (  # noqa: SIM905 - a literal list would be a page long
    "Aguirre Andersen Barroso Becker Blasco Castells Conti Dumont Domínguez Fischer Gallego Greco Hansen Herrero "
    "Jansen Kamiński Keller Lambert Lozano Marchetti Moreau Moreno Nowak Olsen Pacheco Pastor Peeters Quintana Ribeiro "
    "Rossi Schäfer Serrano Silva Soler Szymański Torres Ulloa Varga Vermeulen Weber Yáñez Zamora"
).split()


def cast(size: int, known: tuple[Profile, ...] = ALBORADA) -> list[Profile]:
    """The known people first; beyond them as many others as asked, each under a name of their own."""
    profiles = list(known[:size])
    for number in range(size - len(profiles)):
        turn, position = divmod(number, len(FIRST_NAMES))
        first, last = FIRST_NAMES[position], LAST_NAMES[(position * 5 + turn) % len(LAST_NAMES)]
        again = number // (len(FIRST_NAMES) * len(LAST_NAMES))
        suffix = f" {again + 1}" if again else ""
        profiles.append(Profile(f"{first} {last}{suffix}", TEAMS[number % len(TEAMS)]))
    return profiles
