/** What a call, or many, would be: see `POST /api/v1/pricing/estimate`. */
export type EstimateQuestion = Record<string, unknown>
/** Low, likely and high cost, with what was assumed. */
export type Estimate = Record<string, unknown>
