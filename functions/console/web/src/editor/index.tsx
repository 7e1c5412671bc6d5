/** The editor of a workflow's draft: /workflows/:id/edit. */
export default function Editor({ id }: { id: string }) {
  return <p>The editor of {id} comes here.</p>;
}
