export { billedSpansSql } from './billed-spans'
export { announceLedgerChange, onLedgerChange } from './changes'
export { type BatchRecord, commitBatches } from './commit-batches'
export { batchDifference, listBatches, openBatchesOf } from './list-batches'
export { liveBatchesSql } from './live-batches'
export {
  countingUsageSql,
  keyOfModel,
  type NewRating,
  type RecordedUsage,
  rateUsageAgain,
  recordedUsage,
  takeRatingBack,
  type UsagePeriod,
  usedModels,
} from './rate-usage-again'
export { recordUsage, repairMetrics } from './record-usage'
export { repairUsageRollup } from './repair-usage-rollup'
export { ledgerRoutes } from './routes'
export type { RepriceUsage, UsageEvent } from './usage-event'
export { usageEventDetail } from './usage-event-detail'
