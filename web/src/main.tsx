import '@fontsource-variable/inter/wght.css'
import 'pretendard/dist/web/variable/pretendardvariable-dynamic-subset.css'
import './app/tokens.css'
import './ui/ui.css'
import './app/shell.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
