export { type Role, readSettings, type Settings } from './settings'
