/**
 * SQL of the batch ids open for `{organizationId:UUID}`, now or, with `asOf`, at `{asOf:DateTime64(6)}`.
 * A batch is open when the last log row that names it opens it: one log row opens the new and closes the old,
 * so no reader sees half of a restatement or both halves.
 */
export function liveBatchesSql(asOf: boolean): string {
  return `SELECT Named.1 AS Id FROM (
    SELECT arrayJoin(arrayConcat(arrayMap(b -> (b, 1), Opens), arrayMap(b -> (b, 0), Closes))) AS Named, At, EventId
    FROM batch_log_v1 WHERE OrganizationId = {organizationId:UUID}${asOf ? " AND At <= {asOf:DateTime64(6, 'UTC')}" : ''}
  ) GROUP BY Named.1 HAVING argMax(Named.2, (At, EventId)) = 1`
}
