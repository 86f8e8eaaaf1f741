/**
 * SQL that writes down for which stretches of time the batches `{ids:Array(UUID)}` of `{organizationId:UUID}` bill a provider
 * account: whole quarter hours, merged. Usage rows alone say so: a tax line or a yearly fee does not. Between two lines less than
 * the shortest day (23 hours) apart the bill says that nothing was used, so the stretch goes on; after the last line it says nothing.
 */
export const billedSpansSql = `INSERT INTO billed_spans_v1 (OrganizationId, BatchId, ServiceProviderName, AccountId, SpanStart, SpanEnd, LastChargeStart)
  SELECT OrganizationId, BatchId, ServiceProviderName, AccountId, min(Start), max(End), max(Start)
  FROM (
    SELECT *, sum(Begins) OVER (PARTITION BY OrganizationId, BatchId, ServiceProviderName, AccountId ORDER BY Start, End ROWS UNBOUNDED PRECEDING) AS Span
    FROM (
      SELECT *, toUnixTimestamp(Start) >= toUnixTimestamp(max(End) OVER (PARTITION BY OrganizationId, BatchId, ServiceProviderName, AccountId ORDER BY Start, End ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) + 82800 AS Begins
      FROM (
        SELECT DISTINCT x_OrganizationId AS OrganizationId, x_BatchId AS BatchId, toString(ServiceProviderName) AS ServiceProviderName,
          arrayJoin(arrayDistinct([toString(BillingAccountId), toString(SubAccountId)])) AS AccountId,
          toStartOfInterval(ChargePeriodStart, INTERVAL 15 MINUTE, 'UTC') AS Start,
          toStartOfInterval(least(greatest(ChargePeriodEnd, ChargePeriodStart + 1), ChargePeriodStart + INTERVAL 366 DAY) + 899, INTERVAL 15 MINUTE, 'UTC') AS End
        FROM charges_v1 WHERE x_OrganizationId = {organizationId:UUID} AND x_BatchId IN {ids:Array(UUID)} AND ChargeCategory = 'Usage'
      )
    )
  ) GROUP BY OrganizationId, BatchId, ServiceProviderName, AccountId, Span`
