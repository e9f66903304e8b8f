"""What a sync tells of its troubles, in the reader's language.

A worker has no reader: it tells, and stores, in English. What it tells is one of these sentences with something of
its own in it; one that is not here is shown as it was told.
"""

import re
from functools import cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

# Where two fit, the first is meant.
SENTENCES = (
    # The way to the instance
    _("%(service)s redirects in a loop. Check the address."),
    _("%(host)s redirects to %(there)s. For security, the token isn’t sent there. Check the address."),
    _("%(host)s redirects to another page on the same host. Check the address."),
    _("%(host)s redirects to an invalid address. Check the address."),
    _("The address of %(service)s must start with https://. Correct it."),
    _("The address of %(service)s is not valid. Correct it."),
    _("The %(service)s token contains invalid characters. Copy it again."),
    _("The certificate of %(host)s is not trusted. Check the address, or renew the certificate."),
    _("Enter a URL without spaces or backslashes."),
    _("This is not a URL."),
    _("The URL must start with https://."),
    _("The URL has no host."),
    _("The URL has no valid host."),
    _("Remove the user name and password from the URL."),
    _("Remove everything after the path, starting with ? or #, from the URL."),
    _("Can’t find host %(host)s. Check the spelling."),
    _("This host has a private address. Only public hosts can be reached from here."),
    _("%(instance)s has no Jira token. Add one to its credentials."),
    _("The response took too long. Check the address, or try again later."),
    _(
        "A stored token can’t be decrypted with the current CREDENTIALS_KEY. Add the old key after the new one, "
        "separated by a comma, or enter the token again."
    ),
    # Its answers
    _("%(service)s requires a CAPTCHA (%(status)s). Sign in there once in a browser, then sync again."),
    _("%(service)s requires a CAPTCHA (%(status)s). Sign in there once in a browser, then try again."),
    _("%(service)s rejected the token (401). Create a new API token and put it in the instance’s credentials."),
    _("%(service)s rejected the token (401). Check the token and its account’s e-mail."),
    _("%(service)s rejected the token (401). Check the token."),
    _("The token isn’t allowed to read %(path)s (403).%(words)s It needs %(needed)s in %(service)s."),
    _("The token’s account isn’t allowed to read %(path)s (403).%(words)s Give it the permission in %(service)s."),
    _("%(service)s didn’t find %(path)s, or hides it from the token’s account (404).%(words)s Check the address."),
    _("%(service)s no longer offers %(path)s (410).%(words)s Update Worklog Dashboard."),
    _("%(service)s rejected the request %(path)s (%(status)s).%(words)s Report it to the developers."),
    _("%(service)s sent an unexpected response for %(path)s: %(what)s. Report it to the developers."),
    _("The response of %(service)s to %(path)s is larger than %(limit)s. Check the address."),
    _(
        "%(host)s shows a login page instead of the %(service)s API. Check the address. If it’s right, single "
        "sign-on, a CAPTCHA or a proxy is blocking the API: allow API tokens there."
    ),
    _("%(list)s returned the same rows again after %(n)s rows. No data was lost. Sync again later."),
    _("%(list)s returned the same page twice. No data was lost. Sync again later."),
    _("%(list)s had more results after %(n)s pages, which is the limit. No data was lost. Sync again later."),
    _("Jira returned only %(n)s of the %(all)s worklogs of issue %(issue)s. Sync again later."),
    _("Issue %(issue)s has too many worklogs for one response. Run a full sync, which fetches them in parts."),
    _("%(instance)s returned no users. Give the token’s account permission to browse users."),
    _("%(instance)s returned no issue types. Give the token’s account permission to browse its projects."),
    # The reading
    _(
        "%(instance)s no longer shows %(n)s worklogs, more than half of those stored. They were kept. If they no "
        "longer exist, run the sync again with --confirm-deletions."
    ),
    _(
        "%(instance)s no longer shows %(n)s worklogs (%(hours)s hours) and doesn’t report them as deleted. They may "
        "just be hidden from the token’s account. They were kept and still count. If they no longer exist, confirm "
        "their deletion on the sync’s page or with --confirm-deletions."
    ),
    _("%(row)s. Fix it there. The last valid version is kept here."),
    _("%(n)s invalid rows in total. The dashboard lists them."),
    _("%(issue)s was deleted in Jira or is hidden from the token’s account. Its hours were kept."),
    _(
        "%(n)s worklogs are on issues that the token’s account can’t read. They count without an issue key or epic. "
        "Give the account the “Browse projects” permission for those projects."
    ),
    _("Deleted worklogs can’t be detected: %(error)s Until this is fixed, sync the affected days to find them."),
    _("Names of issues may be out of date: %(error)s"),
    _("Names of %(what)s may be out of date: %(error)s"),
    _("Names of %(n)s people could not be read: %(error)s"),
    _("Interrupted. The next sync continues where this one stopped."),
    _("The sync stopped unexpectedly. The next one continues where it left off."),
    _("%(instance)s is already syncing."),
    _("%(instance)s is already syncing (since %(time)s UTC). Wait until it finishes, or cancel it on the Sync page."),
    _(
        "The sync stopped because of an internal error. Try again, and give the operator the reference %(reference)s "
        "if it happens again."
    ),
    # What it read, as part of a sentence
    _("%(service)s worklog %(id)s: %(why)s"),
    _("%(service)s issue %(id)s: %(why)s"),
    _("projects"),
    _("statuses"),
    _("issue types"),
    _("Jira’s worklogs of issue %(issue)s"),
    _("Jira’s %(path)s"),
    _("Tempo’s list of worklogs"),
    _("Tempo’s list of deleted worklogs"),
    _("Tempo’s list of IDs"),
    _("Tempo’s audit log"),
    # Why a row is invalid
    _("missing"),
    _("not a whole number"),
    _("number out of range"),
    _("invalid format"),
    _("not text"),
    _("not a date"),
    _("invalid date or time"),
    _("date out of range"),
    # What a token needs
    _("the permission “%(permission)s”"),
    _("the scope “%(scope)s”"),
    # Troubles that may pass, and the sentence they are part of
    _("couldn’t set up a secure connection (%(host)s)"),
    _("didn’t respond in time (%(host)s)"),
    _("couldn’t be reached or closed the connection (%(host)s)"),
    _("received too many requests (429)"),
    _("returned a server error (%(status)s)"),
    _("sent a response with an unsupported compression"),
    _("sent a damaged response"),
    _("%(service)s %(trouble)s. No data was lost. Sync again later."),
    _("%(service)s %(trouble)s. Check the address, or try again later."),
    _("%(host)s: %(error)s"),
    _("%(reason)s (%(value)s)"),
)


def in_readers_words(told: str) -> str:
    for sentence, pattern in patterns():
        if found := pattern.fullmatch(told):
            parts = {name: in_readers_words(part) for name, part in found.groupdict().items()}
            return gettext(sentence) % parts
    return told


@cache
def patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((sentence, pattern_of(sentence)) for sentence in SENTENCES)


def pattern_of(sentence: str) -> re.Pattern[str]:
    """What it may have been told as: each of its parts may be anything, or nothing."""
    texts_and_names = re.split(r"%\((\w+)\)s", sentence)
    parts = [f"(?P<{part}>.*?)" if number % 2 else re.escape(part) for number, part in enumerate(texts_and_names)]
    return re.compile("".join(parts), re.DOTALL)
