import { Fragment, type ReactNode } from 'react'

/** A text with `{named}` places filled by nodes and `**bold**` parts: the order of words stays the translator’s. */
export function Rich({ text, values = {} }: { text: string; values?: Record<string, ReactNode> }) {
  const parts = text.split(/(\*\*.+?\*\*|\{\w+\})/g)
  return (
    <>
      {parts.map((part, index) => {
        const key = `${index}:${part}`
        if (part.startsWith('**')) {
          return (
            <strong key={key}>
              <Rich text={part.slice(2, -2)} values={values} />
            </strong>
          )
        }
        const name = /^\{(\w+)\}$/.exec(part)?.[1]
        if (name !== undefined && name in values) return <Fragment key={key}>{values[name]}</Fragment>
        return <Fragment key={key}>{part}</Fragment>
      })}
    </>
  )
}
