import { DATABASE_SCHEMAS } from "@steward/core/desired/render";

/** Tables up to this size are counted row by row; of larger ones Postgres's own estimate is taken, so that nobody who serves is slowed. */
const COUNTED_BYTES = 16 * 1024 * 1024;

const SCHEMAS = `(${Object.values(DATABASE_SCHEMAS)
  .map((name) => `'${name}'`)
  .join(", ")})`;

const TABLES = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname IN ${SCHEMAS}`;

/** How many rows one table has, by a query of its own: names of tables are data here. Source: PostgreSQL, "XML Functions", query_to_xml. */
const COUNT = `(xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %I.%I', n.nspname, c.relname), false, true, '')))[1]::text::bigint`;
const IS_SMALL = `pg_relation_size(c.oid) <= ${COUNTED_BYTES}`;

/**
 * One statement that says what Package Manager's schemas hold, as one JSON value. It changes nothing; only catalogues and, of small tables,
 * the rows are read.
 */
export const CONTENTS = `SELECT json_build_object(
  'serverVersion', current_setting('server_version_num')::int,
  'tls', coalesce((SELECT s.ssl FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()), false),
  'schemas', (SELECT coalesce(json_agg(n.nspname ORDER BY n.nspname), '[]') FROM pg_namespace n WHERE n.nspname IN ${SCHEMAS}),
  'shape', (SELECT md5(coalesce(string_agg(concat_ws(' ', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)), ',' ORDER BY n.nspname, c.relname, a.attnum), ''))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname IN ${SCHEMAS}),
  'invalidIndexes', (SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ${SCHEMAS} AND NOT i.indisvalid),
  'tables', (SELECT coalesce(json_agg(json_build_object('name', n.nspname || '.' || c.relname, 'exact', ${IS_SMALL},
    'rows', CASE WHEN ${IS_SMALL} THEN ${COUNT} ELSE greatest(c.reltuples, 0)::bigint END)), '[]') FROM ${TABLES}))`;
