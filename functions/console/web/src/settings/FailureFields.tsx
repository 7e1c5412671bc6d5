import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useGroups } from "../api/resources";
import type { Failures } from "../api/types";
import PersonChoice, { lacks } from "../parts/PersonChoice";

/** What a form holds before it is sent: a number is a text while it is typed. */
export interface FailureEdit {
  notify?: Failures["notify"];
  after: string;
}

export const editOf = (f: Failures | null | undefined): FailureEdit => ({ notify: f?.notify, after: f?.switchOffAfter ? String(f.switchOffAfter) : "" });

export const failuresOf = (e: FailureEdit): Failures => ({ ...(e.notify ? { notify: e.notify } : {}), ...(e.after.trim() ? { switchOffAfter: Number(e.after) } : {}) });

const most = 100;

/** What is wrong with the fields, as far as the browser can tell. */
export function wrongOf(e: FailureEdit): { notify?: string; after?: string } {
  const n = Number(e.after);
  return { notify: lacks(e.notify), after: e.after.trim() && !(Number.isInteger(n) && n >= 1 && n <= most) ? `A whole number from 1 to ${most}` : undefined };
}

/** Where an answer of the API belongs, by the name that it mentions. */
export function place(message: string | undefined): { notify?: string; after?: string; else?: string } {
  if (!message) return {};
  if (message.includes("switchOffAfter")) return { after: message };
  if (message.includes("notify")) return { notify: message };
  return { else: message };
}

/** What happens when a workflow starts to fail: of the whole desk, or of one workflow. */
export default function FailureFields({ value, disabled, refused, onChange }: { value: FailureEdit; disabled?: boolean; refused?: string; onChange: (e: FailureEdit) => void }) {
  const groups = useGroups();
  const wrong = wrongOf(value);
  const said = place(refused);
  return (
    <SpaceBetween size="m">
      <PersonChoice
        label="Tell"
        description="By mail, once when a workflow that went well begins to fail, and not again before it has recovered."
        value={value.notify}
        groups={groups.data ?? []}
        disabled={disabled}
        error={said.notify}
        onChange={(notify) => onChange({ ...value, notify })}
      />
      <FormField label="Switch it off after" description="So many failed runs in a row, one that succeeds in between counts from the start again. Empty: never." errorText={wrong.after ?? said.after}>
        <Input type="number" inputMode="numeric" disabled={disabled} placeholder="Never" value={value.after} onChange={({ detail }) => onChange({ ...value, after: detail.value })} />
      </FormField>
    </SpaceBetween>
  );
}
