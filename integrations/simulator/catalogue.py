"""What the simulated companies work on, and what they write beside their hours."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """One project.

    `teams` says which share of a team's time goes here, `epics` what is built in each, `standing` which issues without
    an epic are worked on in every week; `told_again_at` is the client's project on which all of it is logged again.
    """

    key: str
    name: str
    teams: dict[str, float]
    epics: dict[str, tuple[str, ...]]
    standing: tuple[str, ...]
    language: str = "es"
    initiative: str | None = None
    told_again_at: str | None = None


VERBS = {
    "es": (
        "Diseñar {}",
        "Implementar {}",
        "Añadir pruebas a {}",
        "Corregir errores en {}",
        "Documentar {}",
        "Mejorar el rendimiento de {}",
        "Revisar la seguridad de {}",
        "Desplegar {} en preproducción",
        "Migrar {} a la nueva versión",
        "Medir el uso de {}",
        "Traducir {}",
        "Retirar la versión antigua de {}",
    ),
    "en": (
        "Design {}",
        "Build {}",
        "Add tests for {}",
        "Fix defects in {}",
        "Document {}",
        "Speed up {}",
        "Review the security of {}",
        "Roll out {} to staging",
        "Migrate {} to the new version",
        "Measure the use of {}",
        "Translate {}",
        "Remove the old version of {}",
    ),
    "it": (
        "Progettare {}",
        "Realizzare {}",
        "Scrivere i test per {}",
        "Correggere i difetti di {}",
        "Documentare {}",
        "Velocizzare {}",
        "Verificare la sicurezza di {}",
        "Pubblicare {} in collaudo",
        "Aggiornare {}",
        "Misurare l'uso di {}",
        "Tradurre {}",
        "Dismettere la vecchia versione di {}",
    ),
}

ALBORADA = (
    Work(
        "PLAT",
        "Plataforma Alborada",
        {"Platform": 0.62, "Payments": 0.08},
        {
            "Migración a Kubernetes": (
                "el clúster de producción",
                "el registro de imágenes",
                "los trabajos programados",
                "el balanceador",
            ),
            "Observabilidad": (
                "los paneles de latencia",
                "las alertas de guardia",
                "las trazas distribuidas",
                "el archivo de registros",
            ),
            "Identidad única": (
                "el inicio de sesión federado",
                "los roles por cliente",
                "la rotación de claves",
                "el alta de usuarios",
            ),
            "Facturación por uso": (
                "el contador de llamadas",
                "los límites por plan",
                "el informe mensual de consumo",
                "los avisos de exceso",
            ),
            "Copias y recuperación": (
                "la copia diaria",
                "el simulacro de restauración",
                "el cifrado de las copias",
                "la réplica en Fráncfort",
            ),
            "Coste de la nube": (
                "las instancias reservadas",
                "el apagado nocturno",
                "las etiquetas de coste",
                "el almacenamiento frío",
            ),
        },
        ("Reunión diaria de plataforma", "Guardia semanal", "Revisión de código"),
        initiative="Plataforma lista para 2027",
    ),
    Work(
        "PAGO",
        "Pasarela de pagos",
        {"Payments": 0.47, "Platform": 0.16},
        {
            "Pagos con Bizum": (
                "el flujo de confirmación",
                "las devoluciones",
                "la conciliación diaria",
                "los límites por comercio",
            ),
            "Autenticación reforzada (PSD2)": (
                "el segundo factor",
                "las exenciones por importe",
                "el registro de consentimientos",
                "el desafío 3DS",
            ),
            "Conciliación bancaria": (
                "la lectura de extractos CAMT",
                "las diferencias de céntimos",
                "el cierre mensual",
                "el informe de incidencias",
            ),
            "Panel de comercios": (
                "la lista de operaciones",
                "la exportación contable",
                "los permisos por tienda",
                "las notificaciones",
            ),
            "Prevención del fraude": (
                "las reglas por país",
                "la lista de observación",
                "el cálculo de riesgo",
                "la cola de revisión manual",
            ),
            "Suscripciones": (
                "los reintentos de cobro",
                "el cambio de plan",
                "las facturas recurrentes",
                "la baja voluntaria",
            ),
        },
        ("Reunión diaria de pagos", "Soporte a comercios", "Planificación del sprint"),
        initiative="Pagos en toda Europa",
    ),
    Work(
        "BANCA",
        "Helvia Bank: alta digital",
        {"Payments": 0.42, "Mobile": 0.18},
        {
            "Identificación por vídeo": (
                "la cola de agentes",
                "la captura del documento",
                "la grabación firmada",
                "la prueba de vida",
            ),
            "Firma electrónica": (
                "el contrato marco",
                "el sello de tiempo",
                "la firma en el móvil",
                "el archivo de contratos",
            ),
            "Apertura de cuenta": (
                "el formulario por pasos",
                "la validación del IBAN",
                "el control de blanqueo",
                "la bienvenida al cliente",
            ),
            "Tarjeta virtual": (
                "la emisión inmediata",
                "el PIN en la aplicación",
                "el bloqueo temporal",
                "los límites de gasto",
            ),
            "Portal del gestor": (
                "la ficha del cliente",
                "las tareas pendientes",
                "el historial de contactos",
                "los avisos de caducidad",
            ),
        },
        ("Comité semanal con Helvia", "Soporte a Helvia en producción"),
        told_again_at="ONB",
    ),
    Work(
        "INT",
        "Interno",
        {"Platform": 0.22, "Payments": 0.03, "Mobile": 0.09},
        {
            "Certificación ISO 27001": (
                "el inventario de activos",
                "el plan de continuidad",
                "la auditoría interna",
                "la política de accesos",
            ),
            "Acogida de nuevas personas": (
                "la guía del primer día",
                "los equipos portátiles",
                "las sesiones de producto",
                "los permisos iniciales",
            ),
        },
        ("Formación", "Entrevistas de selección", "Administración y correo"),
    ),
)

NORTE = (
    Work(
        "APP",
        "Consumer app",
        {"Mobile": 0.48},
        {
            "Offline mode": (
                "the local cache",
                "conflict resolution",
                "background sync",
                "the queue of pending actions",
            ),
            "New onboarding": (
                "the welcome screens",
                "phone verification",
                "the permissions prompt",
                "the sample account",
            ),
            "Accessibility": ("screen reader labels", "dynamic type", "colour contrast", "keyboard navigation"),
            "Push notifications": ("the delivery report", "quiet hours", "the preference screen", "rich previews"),
            "Widgets": ("the balance widget", "the shortcut widget", "the lock screen view", "the refresh budget"),
        },
        ("Daily stand-up", "Store reviews and support"),
        language="en",
    ),
    Work(
        "WEB",
        "Customer portal",
        {"Mobile": 0.25},
        {
            "Design system": ("the button family", "the form fields", "dark mode tokens", "the table component"),
            "Search": ("the index", "typo tolerance", "saved searches", "the empty state"),
            "Invoices online": ("the invoice list", "PDF download", "the payment reminder", "the address book"),
        },
        ("Daily stand-up (web)", "Browser compatibility"),
        language="en",
    ),
)

MERIDIANA = (
    Work(
        "SITO",
        "Siti dei clienti",
        {"Studio": 0.65},
        {
            "Negozio Olio Taggiasca": ("il carrello", "la scheda prodotto", "le spedizioni", "i codici sconto"),
            "Museo del Mare": ("la biglietteria", "il calendario delle mostre", "la visita virtuale", "la newsletter"),
            "Cantine Aurelia": (
                "il club degli abbonati",
                "la mappa dei vigneti",
                "la degustazione guidata",
                "il listino",
            ),
        },
        ("Riunione del lunedì", "Assistenza ai clienti"),
        language="it",
    ),
    Work(
        "MARCA",
        "Identità e marchi",
        {"Studio": 0.35},
        {
            "Nuovo marchio Portofino Vela": ("il logotipo", "il manuale d'uso", "le divise", "la segnaletica"),
            "Campagna d'autunno": ("i manifesti", "il video breve", "le storie social", "il piano dei mezzi"),
        },
        ("Preventivi e contatti",),
        language="it",
    ),
)

STATUSES = {
    "es": (("10000", "Por hacer", "new"), ("10001", "En curso", "indeterminate"), ("10002", "Listo", "done")),
    "en": (("10000", "To Do", "new"), ("10001", "In Progress", "indeterminate"), ("10002", "Done", "done")),
    "it": (("10000", "Da fare", "new"), ("10001", "In corso", "indeterminate"), ("10002", "Fatto", "done")),
}

LABELS = ("backend", "frontend", "urgente", "deuda-tecnica", "ux", "cliente")

COMMENTS = {
    "es": (
        "Avance en la implementación y primeras pruebas",
        "Reunión con el equipo y reparto de tareas",
        "Revisión de código",
        "Corrección de los errores encontrados en preproducción",
        "Pruebas de integración",
        "Documentación",
        "Análisis del problema y propuesta de solución",
        "Despliegue y comprobación posterior",
        "Refactorización 🛠️",
        "Llamada con el cliente para aclarar los requisitos",
        "Preparación de la demo",
        "Soporte: incidencia resuelta ✅",
    ),
    "en": (
        "Implementation and first tests",
        "Pairing session",
        "Code review",
        "Fixed the defects found on staging",
        "Integration tests",
        "Documentation",
        "Looked into the crash reports 🐛",
        "Release and checks afterwards",
        "Refactoring",
        "Call with the product team about requirements",
        "Prepared the demo",
        "Support ticket solved ✅",
    ),
    "it": (
        "Sviluppo e prime prove",
        "Riunione con il cliente",
        "Bozze e revisione grafica 🎨",
        "Correzioni dopo il collaudo",
        "Preparazione dei materiali",
        "Pubblicazione e verifica",
        "Telefonata per i requisiti",
        "Ricerca di riferimenti",
    ),
}

# In the wiki markup of Data Center, which markup.py turns into ADF for the Cloud. {person} is someone of the instance.
RICH_COMMENTS = (
    "Con [~{person}] hemos cerrado el *contrato de la API*.\nQueda pendiente la revisión de seguridad.",
    "Resultado de las pruebas de carga:\n\n"
    "||Caso||p95||Errores||\n|Alta|310 ms|0|\n|Firma|1,2 s|3|\n\nRepetir con más usuarios.",
    "Mirar [https://wiki.example.com/pages/4711/retries] antes de continuar.",
    "* Reproducido el fallo\n* Añadida una prueba\n* Corregido :white_check_mark:",
    "日本チームとの会議：リリース計画を確認しました。次回は火曜日。",
    "Ошибка округления воспроизведена, исправление в ветке.",
    "{code}SELECT day, sum(seconds) FROM worklog GROUP BY day;{code}\n\nLa consulta ya usa el índice.",
    "👩‍💻 + ☕ = 🚀",
    "Seguimiento del incidente de la noche. "
    + "Se revisaron los registros de las tres zonas, se compararon los tiempos de respuesta con los de la semana "
    "anterior y se descartó la red como causa; las conexiones se agotaban por un trabajo que no cerraba las suyas. "
    * 6,
    "   ",
    "<script>alert('hours')</script> & \"quotes\", =SUM(A1), +34 600 000 000",
)


CONTRACTIONS = {
    "es": ((" a el ", " al "), (" de el ", " del ")),
    "en": (),
    "it": (
        (" di il ", " del "),
        (" di la ", " della "),
        (" di le ", " delle "),
        (" di i ", " dei "),
        (" di l'", " dell'"),
    ),
}


def summaries(work: Work, epic: str) -> Iterator[str]:
    """Every title of the epic once, the things taking turns."""
    things, verbs = work.epics[epic], VERBS[work.language]
    for turn in range(len(verbs)):
        for position, thing in enumerate(things):
            title = verbs[(turn + position * 5) % len(verbs)].format(thing)
            for apart, together in CONTRACTIONS[work.language]:
                title = title.replace(apart, together)
            yield title
