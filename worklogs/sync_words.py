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
    _("%(service)s redirects in circles. Check the address."),
    _("%(host)s redirects to %(there)s, where the token must not go. Check the address."),
    _("%(host)s redirects to another page of its own. Check the address."),
    _("%(host)s redirects to no valid address. Check the address."),
    _("The address of %(service)s must start with https://. Correct it."),
    _("The address of %(service)s is not valid. Correct it."),
    _("The token of %(service)s has characters that no token has. Copy it again."),
    _("The certificate of %(host)s is not trusted. Check the address, or renew the certificate."),
    _("Enter a URL without spaces and backslashes."),
    _("This is not a URL."),
    _("The URL must start with https://."),
    _("The URL has no host."),
    _("The URL has no valid host."),
    _("Leave user name and password out of the URL."),
    _("Leave everything from ? or # on out of the URL."),
    _("No host is called %(host)s. Check the spelling."),
    _("This host has a private address. Only public hosts can be reached from here."),
    _("%(instance)s has no Jira token. Put one into its credentials."),
    _("That takes more time than a page can wait. Check the address, or try again later."),
    _(
        "A stored credential cannot be read with the current CREDENTIALS_KEY. Put the old key behind the new one, "
        "separated by a comma, or enter the credential again."
    ),
    # Its answers
    _("%(service)s wants a CAPTCHA solved (%(status)s). Sign in there once in a browser, then run it again."),
    _("%(service)s wants a CAPTCHA solved (%(status)s). Sign in there once in a browser, then try again."),
    _("%(service)s refused the token (401). Create a new API token and put it in the instance's credentials."),
    _("%(service)s refused the token (401). Check the token and its account's e-mail."),
    _("The token's user may not read %(path)s (403).%(words)s Give that user the permission in %(service)s."),
    _("%(service)s does not know %(path)s, or hides it from the token's user (404).%(words)s Check the address."),
    _("%(service)s no longer offers %(path)s (410).%(words)s Update this product."),
    _("%(service)s did not accept %(path)s (%(status)s).%(words)s Report it to the developers."),
    _("%(service)s sent %(path)s in a form that is not understood: %(what)s. Report it to the developers."),
    _("%(service)s sent an answer that is too large."),
    _("%(list)s goes on without anything new after %(n)s rows. Nothing is lost: run it again later."),
    _("%(list)s led back to a page it had already given. Nothing is lost: run it again later."),
    _("%(list)s has no end after %(n)s pages. Nothing is lost: run it again later."),
    _("Jira gave %(n)s of the %(all)s worklogs of issue %(issue)s. Run it again later."),
    _("Worklog %(worklog)s of issue %(issue)s starts at %(moment)s. Correct its date in Jira."),
    _("Tempo worklog %(worklog)s starts at %(moment)s, which is no moment. Correct it in Tempo."),
    _("%(instance)s names no users. Give the token's account the permission to browse users."),
    _("%(instance)s names no issue types. Let the token's account browse its projects."),
    # The reading
    _(
        "%(instance)s no longer shows %(n)s worklogs, more than half of those stored. They were kept. If they are "
        "really gone, run again with --confirm-deletions."
    ),
    _(
        "%(n)s worklogs are on issues that can no longer be seen: deleted, or hidden from this account. They were "
        "kept. If they are really gone, run again with --confirm-deletions."
    ),
    _("%(issue)s can no longer be seen: deleted in Jira, or hidden from this account. Its hours were kept."),
    _(
        "%(n)s worklogs are on issues that this account cannot read; they are counted without a key or an epic. Give "
        "it “Browse projects” on their projects."
    ),
    _("Deleted worklogs cannot be told apart: %(error)s Until then, sync the period of a deletion by its days."),
    _("Names of issues may be out of date: %(error)s"),
    _("Names of %(n)s people could not be read: %(error)s"),
    _("Interrupted. The next run goes on where it stopped."),
    _("The process that read this instance died. The next run goes on where it stopped."),
    _("%(instance)s is being read by another process."),
    _(
        "%(instance)s has been read since %(time)s UTC by another process. Wait until it is done, or cancel it on the "
        "Sync page."
    ),
    _("An error of this product stopped the sync; the log says more under %(reference)s."),
    # What it read, as part of a sentence
    _("Jira's worklogs of issue %(issue)s"),
    _("Jira's %(path)s"),
    _("Tempo's list of worklogs"),
    _("Tempo's list of deleted worklogs"),
    _("Tempo's audit log"),
    # Troubles that may pass, and the sentence they are part of
    _("broke off the encryption with %(host)s"),
    _("did not answer in time (%(host)s)"),
    _("could not be reached, or broke off its answer (%(host)s)"),
    _("took too long over one answer"),
    _("limits how often it may be asked (429)"),
    _("has trouble of its own (%(status)s)"),
    _("answered with a web page instead of data: a login or proxy page stands before it"),
    _("sent a damaged answer"),
    _("%(service)s %(trouble)s. Nothing is lost: run it again later."),
    _("%(service)s %(trouble)s. Check the address, or try again later."),
    _("%(host)s: %(error)s"),
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
