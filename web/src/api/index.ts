export { ApiError, api, problemOf } from './client'
export { ConversionContext, converted, useConversion } from './conversion'
export * from './hooks'
export { LiveUpdates, useLive } from './live'
