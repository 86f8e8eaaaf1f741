export { type AccessKeys, type Bucket, type BucketAddress, openBucket, type StoredObject } from './bucket'
export { sdkHandler } from './sdk-handler'
export { trying } from './trying'
