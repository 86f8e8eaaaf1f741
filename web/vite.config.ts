import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// The host stays the browser’s: the server refuses writes that come from another origin.
const server = { target: process.env.INFRAZEN_WEB_PROXY ?? 'http://127.0.0.1:4000', changeOrigin: false }

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@server': fileURLToPath(new URL('../server/src', import.meta.url)) } },
  server: {
    host: '127.0.0.1',
    port: 4173,
    proxy: { '/api': server, '/healthz': server, '/readyz': server },
  },
  build: {
    target: 'es2023',
    // The dynamic font subset is ninety small files; inlining them would put them all into the first view.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
})
