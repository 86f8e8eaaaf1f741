import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { useMessages } from '../i18n'
import { Button } from './button'

export function CopyButton({ text, label, small = true }: { text: string; label?: string; small?: boolean }) {
  const t = useMessages()
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 1600)
  }
  return (
    <Button
      small={small}
      icon={copied ? <Check size={14} aria-hidden="true" /> : <Copy size={14} strokeWidth={1.75} aria-hidden="true" />}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{copied ? t.common.copied : (label ?? t.common.copy)}</span>
    </Button>
  )
}
