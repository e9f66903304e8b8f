"""All settings, read from the environment. Without DEBUG=1 they are those of production.

.env.example lists every variable with its meaning.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_email_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"))

DEVELOPING = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
# Django's own pages of errors list every address and the source. The demo shows the product's, as production does.
DEBUG = DEVELOPING and not DEMO
DEMO_DOMAIN = "@demo.example"
ALLOW_PRIVATE_HOSTS = env.bool("ALLOW_PRIVATE_HOSTS", default=False)


def secrets_of(name: str) -> list[str]:
    """A variable that production must set, to one secret or several; with DEBUG=1 a fixed value stands in for it."""
    found = [part.strip() for part in env.str(name, default="").split(",") if part.strip()]
    if DEVELOPING:
        return found or [f"{INSECURE}-{name.lower()}-for-development-only-0123456789"]
    if not found or any(map(is_guessable, found)):
        raise ImproperlyConfigured(
            f"Set {name} to a long random string. "
            "Generate one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return found


def is_guessable(secret: str) -> bool:
    return len(secret) < 32 or len(set(secret)) < 10 or any(each in secret.lower() for each in PLACEHOLDERS)


INSECURE = "insecure"  # Django's own begin with django-insecure-
PLACEHOLDERS = (INSECURE, "change-me", "change_me", "changeme", "your-secret", "your_secret")
SECRET_KEY, *SECRET_KEY_FALLBACKS = secrets_of("SECRET_KEY")
# The first key encrypts, the others still decrypt: put a new one in front, then run `rotate_credentials`.
CREDENTIALS_KEYS = secrets_of("CREDENTIALS_KEY")
if {SECRET_KEY, *SECRET_KEY_FALLBACKS} & set(CREDENTIALS_KEYS) and not DEVELOPING:
    raise ImproperlyConfigured(
        "SECRET_KEY and CREDENTIALS_KEY must be different, so that a leak of one doesn't expose the other."
    )

here = f"http://127.0.0.1:{env.int('PORT', default=8000)}"
SITE_URL = (env.str("SITE_URL", default="") or (here if DEVELOPING else "")).rstrip("/")
if not SITE_URL:
    raise ImproperlyConfigured("Set SITE_URL to the address that people open, for example https://hours.example.com.")
if DEMO and not DEVELOPING:
    raise ImproperlyConfigured("DEMO=1 lets anyone sign in without a password. Use it only with DEBUG=1.")
if DEVELOPING and SITE_URL.startswith("https://"):
    raise ImproperlyConfigured("DEBUG=1 exposes source code and settings. Remove it when SITE_URL starts with https.")


def is_public(host: str) -> bool:
    """Whether others than those on this machine and its network may reach it; a name without a dot is of no other."""
    try:
        address = ip_address(host.strip("[]"))
        return address.is_global or address.is_unspecified
    except ValueError:
        return host == "*" or "." in host and not host.endswith((".localhost", ".local", ".internal", ".test"))


# How many proxies in front add the client's address to X-Forwarded-For. Too many, and clients can make it up.
PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PROXIES", default=0 if DEVELOPING else 1)
LOCAL_HOSTS = ["localhost", "127.0.0.1"] if DEVELOPING else []
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[SITE_URL.split("//")[1].split(":")[0], *LOCAL_HOSTS])
if DEVELOPING and (public := [host for host in (urlsplit(SITE_URL).hostname or "", *ALLOWED_HOSTS) if is_public(host)]):
    raise ImproperlyConfigured(
        "DEBUG=1 exposes source code and settings. "
        f"Remove it, or remove the public host {public[0]} from SITE_URL and ALLOWED_HOSTS."
    )
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "config.admin.SettingsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.mfa",
    "allauth.usersessions",
    "accounts",
    "worklogs",
    "integrations",
]

MIDDLEWARE = [
    "config.errors.RequestIds",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SessionsMiddleware",
    "accounts.middleware.CompanyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "integrations.limits.pages_wait_no_longer",
]

if env.bool("ONE_QUERY_A_ROW_FAILS", default=False):  # in the tests: a request that asks row by row is an error
    INSTALLED_APPS.append("zeal")
    MIDDLEWARE.insert(1, "tests.queries_a_row.watched_pages")
    ZEAL_ALLOWLIST = [{"model": "sessions.Session", "field": "get()"}]  # allauth's, of a user's own few sessions

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["accounts.templatetags.dates"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "worklogs.shell.shell",
            ],
        },
    },
]

DATABASES = {"default": env.dj_db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'worklogs.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL and IMMEDIATE let a sync write while pages read, with no "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
            "PRAGMA mmap_size=16777216; PRAGMA journal_size_limit=27103364; PRAGMA cache_size=-20000"
        ),
    }
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
# The database itself holds companies apart too; `install_row_security` puts its policies there.
ROW_SECURITY = env.bool("ROW_SECURITY", default=False)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if redis_url := env.str("REDIS_URL", default=""):
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url}}

# The database is the queue: a task that is queued in a transaction exists only if that is committed.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "sign_in"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.GoogleAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
# Google's `sub` is the user's identity; accounts/adapters.py says when an address stands in for it.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
GOOGLE_CLIENT_ID = env.str("GOOGLE_CLIENT_ID", default="")
HAS_GOOGLE = bool(GOOGLE_CLIENT_ID)
# Another OpenID provider in Google's place: for tests, and for networks that Google does not reach.
GOOGLE_URL = env.str("GOOGLE_URL", default="").rstrip("/")
OTHER_PROVIDER = {
    "AUTHORIZE_URL": f"{GOOGLE_URL}/oauth2/authorize",
    "ACCESS_TOKEN_URL": f"{GOOGLE_URL}/oauth2/token",
    "IDENTITY_URL": f"{GOOGLE_URL}/userinfo",
    "CERTS_URL": f"{GOOGLE_URL}/jwks",
    "ID_TOKEN_ISSUER": GOOGLE_URL,
}
SOCIALACCOUNT_PROVIDERS = {
    "google": {
        "APPS": [{"client_id": GOOGLE_CLIENT_ID, "secret": env.str("GOOGLE_CLIENT_SECRET", default="")}],
        "SCOPE": ["openid", "profile", "email"],
        "OAUTH_PKCE_ENABLED": True,
        **(OTHER_PROVIDER if GOOGLE_URL else {}),
    }
}

# The second step comes after Google, and never in its place. allauth's own limits hold it: five wrong codes of a user
# in five minutes, ten of an address in a minute (ACCOUNT_RATE_LIMITS).
MFA_ADAPTER = "accounts.adapters.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_ISSUER = "Worklog Dashboard"
MFA_TOTP_TOLERANCE = 1  # the code before and the one after: clocks of telephones go wrong
MFA_FORMS = {
    "authenticate": "accounts.second_step_forms.CodeForm",
    "reauthenticate": "accounts.second_step_forms.ConfirmingCodeForm",
    "authenticate_webauthn": "accounts.second_step_forms.PasskeyForm",
    "reauthenticate_webauthn": "accounts.second_step_forms.ConfirmingPasskeyForm",
    "add_webauthn": "accounts.second_step_forms.NewPasskeyForm",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60  # how long a sign-in or a factor counts as recent

# "open": who is invited by nobody may found a company. Else such a sign-in is refused.
FOUNDING = env.str("FOUNDING", default="closed", validate=validate.OneOf(["open", "closed"]))


def mail_settings(url: str) -> dict[str, Any]:
    """What is wrong with it is told at the start, and not when the first invitation is to be sent."""
    try:
        found: dict[str, Any] = dj_email_url.parse(url)
        folder = urlsplit(url).path
    except ValueError:
        found, folder = {}, ""
    if "EMAIL_BACKEND" not in found:  # never repeated: there is a password in it
        raise ImproperlyConfigured("EMAIL_URL isn't valid. Use a URL such as smtp://user:password@host:587/?tls=True.")
    if url.startswith("file:") and not folder.strip("/"):
        raise ImproperlyConfigured("EMAIL_URL=file: needs a folder for the e-mails, for example file:/var/mails.")
    return found | {"EMAIL_FILE_PATH": folder if url.startswith("file:") else None}


EMAIL_URL = env.str("EMAIL_URL", default="")
email = mail_settings(EMAIL_URL or "console:")
# A log is no place for the links of invitations: without a mail server production refuses to send.
EMAIL_BACKEND = email["EMAIL_BACKEND"] if EMAIL_URL or DEVELOPING else "accounts.mail.NoServer"
EMAIL_FILE_PATH = email["EMAIL_FILE_PATH"]
EMAIL_HOST, EMAIL_PORT = email["EMAIL_HOST"], email["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = email["EMAIL_HOST_USER"], email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = email["EMAIL_USE_TLS"], email["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10  # seconds; a page waits for it
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("FROM_EMAIL", default="worklogs@localhost")

AUDIT_RETENTION_DAYS = env.int("AUDIT_RETENTION_DAYS", default=0)  # for `manage.py prune_audit`; 0 keeps all

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("it", "Italiano"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "config.formats"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# While developing, files are looked up when asked for: no scan of all of them at every start.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEVELOPING
STATICFILES_DIRS = [BASE_DIR / "static"]
if not DEVELOPING:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
if not DEVELOPING:
    # A site that is served over http (a laptop, a closed network) says so in SITE_URL.
    secure = SITE_URL.startswith("https://")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = secure
    SECURE_HSTS_SECONDS = 31536000 if secure else 0
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = secure
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "config.logs.text_lines"},
        "json": {"()": "config.logs.json_lines"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line" if DEVELOPING else "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django_tasks": {"level": "WARNING"}, "django_tasks_db": {"level": "WARNING"}},
}
