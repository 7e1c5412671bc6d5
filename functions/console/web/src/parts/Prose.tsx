/** A text that an author wrote in Markdown, as plain text with its bold words bold; nothing
 *  in it becomes a link or an element. */
export default function Prose({ text }: { text: string }) {
  const parts = text.split(/\*\*([^*\n]+)\*\*/);
  return <div className="prose">{parts.map((p, i) => (i % 2 ? <strong key={i}>{p}</strong> : p))}</div>;
}
