"""What the store of sites says to PostgreSQL."""

import json
from collections.abc import Iterator

from sqlalchemy import text

from services.cmdb.ports import Wanted
from shared.contracts.topology import Json

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('corale federation'), hashtext(current_schema()))")
LAYER = text("SELECT site, document::text AS document FROM layers WHERE layer = :layer ORDER BY site")
LAYERS = text("""
    SELECT site, layer, document::text AS document, founds FROM layers WHERE site = ANY(CAST(:sites AS text[]))
""")
LAY = text("""
    INSERT INTO layers (site, layer, document, founds, at)
    SELECT site, :layer, CAST(document AS jsonb), founds, CAST(:at AS timestamptz)
    FROM unnest(CAST(:sites AS text[]), CAST(:documents AS text[]), CAST(:founds AS boolean[]))
         AS said (site, document, founds)
    ON CONFLICT (site, layer) DO UPDATE SET document = excluded.document, founds = excluded.founds, at = excluded.at
""")
TAKE_AWAY = text("DELETE FROM layers WHERE layer = :layer AND site = ANY(CAST(:sites AS text[]))")
STANDING = text("""
    SELECT site, body::text AS body, document::text AS document, provenance::text AS provenance, revision, removed_at
    FROM sites WHERE site = ANY(CAST(:sites AS text[]))
""")
DUE = text("SELECT site FROM sites WHERE due_at <= CAST(:at AS timestamptz) AND removed_at IS NULL ORDER BY site")
KEEP = text("""
    INSERT INTO sites (site, body, document, provenance, revision, status, due_at, changed_at)
    SELECT site, CAST(body AS jsonb), CAST(document AS jsonb), CAST(provenance AS jsonb), revision, status, due,
           CAST(:at AS timestamptz)
    FROM unnest(CAST(:sites AS text[]), CAST(:bodies AS text[]), CAST(:documents AS text[]),
                CAST(:provenances AS text[]), CAST(:revisions AS bigint[]), CAST(:statuses AS text[]),
                CAST(:dues AS timestamptz[]))
         AS described (site, body, document, provenance, revision, status, due)
    ON CONFLICT (site) DO UPDATE SET
        body = excluded.body, document = excluded.document, provenance = excluded.provenance,
        revision = excluded.revision, status = excluded.status, due_at = excluded.due_at,
        changed_at = excluded.changed_at, removed_at = NULL, removed_by = NULL
""")
BURY = text("""
    UPDATE sites SET removed_at = CAST(:at AS timestamptz), removed_by = gone.by, revision = gone.revision,
        changed_at = CAST(:at AS timestamptz), due_at = NULL
    FROM unnest(CAST(:sites AS text[]), CAST(:by AS text[]), CAST(:revisions AS bigint[])) AS gone (site, by, revision)
    WHERE sites.site = gone.site
""")
CHRONICLE = text("""
    INSERT INTO history (site, revision, at, by, path, before, after)
    SELECT site, revision, CAST(:at AS timestamptz), by, path, NULLIF(before, 'null')::jsonb,
           NULLIF(after, 'null')::jsonb
    FROM unnest(CAST(:sites AS text[]), CAST(:revisions AS bigint[]), CAST(:by AS text[]), CAST(:paths AS text[]),
                CAST(:befores AS text[]), CAST(:afters AS text[]))
         AS changed (site, revision, by, path, before, after)
""")
ENTOMB = text("""
    INSERT INTO tombstones (site, path, removed_at, removed_by, body)
    SELECT site, path, CAST(:at AS timestamptz), by, CAST(body AS jsonb)
    FROM unnest(CAST(:sites AS text[]), CAST(:paths AS text[]), CAST(:by AS text[]), CAST(:bodies AS text[]))
         AS gone (site, path, by, body)
    ON CONFLICT (site, path) DO UPDATE SET
        removed_at = excluded.removed_at, removed_by = excluded.removed_by, body = excluded.body
""")
RAISE = text("""
    DELETE FROM tombstones t USING unnest(CAST(:sites AS text[]), CAST(:paths AS text[])) AS back (site, path)
    WHERE t.site = back.site AND (t.path = back.path OR starts_with(t.path, back.path || '/'))
""")
FORGET = (
    text("DELETE FROM tombstones WHERE removed_at < CAST(:before AS timestamptz)"),
    text("""
        DELETE FROM layers l USING sites s
        WHERE s.site = l.site AND NOT l.founds AND s.removed_at < CAST(:before AS timestamptz)
    """),
    text("DELETE FROM sites WHERE removed_at < CAST(:before AS timestamptz)"),
)
HISTORY = text("""
    SELECT revision, at, by, path, before::text AS before, after::text AS after FROM history
    WHERE site = :site AND (CAST(:before AS bigint) IS NULL OR revision < CAST(:before AS bigint))
    ORDER BY revision DESC, id LIMIT :limit
""")
TOMBSTONES = text("""
    SELECT path, removed_at, removed_by, body::text AS body FROM tombstones WHERE site = :site ORDER BY path
""")
_KEPT = """
    SELECT site, body::text AS body, document::text AS document, provenance::text AS provenance, revision, changed_at,
           status, removed_at, removed_by
    FROM sites
"""
FIND = text(_KEPT + "WHERE site = :site")
SOME = text(_KEPT + "WHERE site = ANY(CAST(:sites AS text[])) ORDER BY site")
REVISIONS = text("SELECT site, revision, changed_at FROM sites WHERE removed_at IS NULL ORDER BY site")


def look(wanted: Wanted) -> tuple[str, dict[str, Json]]:
    """The statement for those sites and what it is given."""
    said: dict[str, Json] = {name: value for name, value in wanted._asdict().items() if value is not None}
    clauses = ["removed_at IS NOT NULL" if wanted.removed else "removed_at IS NULL"]
    if "country" in said:
        clauses.append("body ->> 'country' = :country")
    if "issuer" in said:
        clauses.append("body -> 'issuers' ? CAST(:issuer AS text)")
    if "after" in said:
        clauses.append("site > :after")
    if conditions := list(_of_a_service(wanted)):
        said["vars"] = _variables(wanted)
        clauses.append(f"jsonb_path_exists(body, '$.services[*] ? ({' && '.join(conditions)})', CAST(:vars AS jsonb))")
    limit = " LIMIT :limit" if "limit" in said else ""
    return f"{_KEPT} WHERE {' AND '.join(clauses)} ORDER BY site{limit}", said


def _of_a_service(wanted: Wanted) -> Iterator[str]:
    for name in ("type", "region", "backend"):
        if getattr(wanted, name) is not None:
            yield f"@.{name} == ${name}"
    if wanted.status == "active":
        yield "!exists(@.status)"
    elif wanted.status is not None:
        yield "@.status == $status"
    if wanted.tag is not None:
        yield "exists(@.tags[*] ? (@ == $tag))"
    if wanted.group is not None:
        yield "exists(@.projects[*].groups[*] ? (@ == $group))"
    if wanted.gpu is not None:
        has = "(exists(@.flavours[*] ? (@.gpus > 0)) || @.gpu_support == true)"
        yield has if wanted.gpu else f"!{has}"


def _variables(wanted: Wanted) -> str:
    names = ("type", "region", "backend", "status", "tag", "group")
    return json.dumps({name: getattr(wanted, name) for name in names if getattr(wanted, name) is not None})
