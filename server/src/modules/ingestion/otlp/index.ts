export {
  AttributionRules,
  type AttributionSettings,
  defaultAttribution,
  defaultSpellings,
  mappedDimensions,
} from './attribution'
export { rawUsageOfBlock, unfoldRawUsage } from './raw-usage'
export { otlpRoutes } from './routes'
export { isContentName } from './telemetry'
export { eventOf, type Outcome, repriceBy, type UsageContext } from './usage-of-record'
