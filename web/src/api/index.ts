export { ApiError, api, problemOf } from './client'
export * from './hooks'
export { LiveUpdates, useLive } from './live'
