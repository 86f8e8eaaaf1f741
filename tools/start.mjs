#!/usr/bin/env node
// `npm start` and `npm run demo`: install and build what is missing, then run the server until it is stopped.
import { build, checkNode, install } from './lib/prepare.mjs'
import { serve } from './lib/serve.mjs'

const demo = process.argv.includes('--demo')

checkNode()
await install()
await build()
serve(demo ? { INFRAZEN_DEMO: '1', INFRAZEN_DATA_DIR: process.env.INFRAZEN_DATA_DIR || './data/demo' } : {})
