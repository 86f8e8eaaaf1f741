-- Stretches of time of a provider account for which a bill is in, whole quarter hours: there an estimate no longer counts. A day of
-- a bill starts at its source's midnight, so days of UTC (billed_days_v1, no longer written or read) covered too much.
-- A bill that is silent for less than a day between two of its lines says that nothing was used then: the stretch goes on.
CREATE OR REPLACE TABLE billed_spans_v1
(
  OrganizationId UUID,
  BatchId UUID,
  ServiceProviderName String,
  AccountId String,                       -- billing account and sub accounts, one row each
  SpanStart DateTime('UTC'),
  SpanEnd DateTime('UTC'),                -- not part of it
  LastChargeStart DateTime('UTC')
)
ENGINE = MergeTree ORDER BY (OrganizationId, BatchId, ServiceProviderName, AccountId, SpanStart)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
AS SELECT OrganizationId, BatchId, ServiceProviderName, AccountId, min(Start) AS SpanStart, max(End) AS SpanEnd, max(Start) AS LastChargeStart
FROM
(
  SELECT *, sum(Begins) OVER (PARTITION BY OrganizationId, BatchId, ServiceProviderName, AccountId ORDER BY Start, End ROWS UNBOUNDED PRECEDING) AS Span
  FROM
  (
    SELECT *, toUnixTimestamp(Start) >= toUnixTimestamp(max(End) OVER (PARTITION BY OrganizationId, BatchId, ServiceProviderName, AccountId ORDER BY Start, End ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) + 82800 AS Begins
    FROM
    (
      SELECT DISTINCT x_OrganizationId AS OrganizationId, x_BatchId AS BatchId, toString(ServiceProviderName) AS ServiceProviderName,
        arrayJoin(arrayDistinct([toString(BillingAccountId), toString(SubAccountId)])) AS AccountId,
        toStartOfInterval(ChargePeriodStart, INTERVAL 15 MINUTE, 'UTC') AS Start,
        toStartOfInterval(least(greatest(ChargePeriodEnd, ChargePeriodStart + 1), ChargePeriodStart + INTERVAL 366 DAY) + 899, INTERVAL 15 MINUTE, 'UTC') AS End
      FROM charges_v1 WHERE ChargeCategory = 'Usage'
    )
  )
)
GROUP BY OrganizationId, BatchId, ServiceProviderName, AccountId, Span;
