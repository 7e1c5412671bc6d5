import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import type { Group, Person } from "../api/types";
import { Pick } from "./Choice";

type Kind = "" | "email" | "user" | "group" | "managerOf";

const kindOf = (p: Person | undefined): Kind => (p?.email !== undefined ? "email" : p?.user !== undefined ? "user" : p?.group !== undefined ? "group" : p?.managerOf !== undefined ? "managerOf" : "");

/** What a person still lacks; undefined when they can be told. */
export function lacks(p: Person | undefined): string | undefined {
  const kind = kindOf(p);
  if (!p || kind === "") return undefined;
  if (kind === "email" || kind === "user") return /^\S+@\S+$/.test(p[kind]!.trim()) ? undefined : "An e-mail address, as ann@example.com";
  return p[kind] ? undefined : "Choose a group";
}

/** Whom to tell: nobody, one address, a group, or a group's manager. */
export default function PersonChoice({ label, description, value, groups, disabled, error, onChange }: { label: string; description?: string; value: Person | undefined; groups: Group[]; disabled?: boolean; error?: string; onChange: (p: Person | undefined) => void }) {
  const kind = kindOf(value);
  const names = groups.map((g) => ({ value: g.slug, label: g.name }));
  return (
    <div className="pair">
      <FormField label={label} description={description} errorText={error}>
        <Pick
          label={label}
          disabled={disabled}
          value={kind}
          options={[
            { value: "", label: "Nobody" },
            { value: "email", label: "One person" },
            { value: "group", label: "A group" },
            { value: "managerOf", label: "The manager of a group" },
            ...(kind === "user" ? [{ value: "user", label: "A user" }] : []),
          ]}
          onChange={(k) => onChange(k === "" ? undefined : { [k]: k === "group" || k === "managerOf" ? (names[0]?.value ?? "") : "" })}
        />
      </FormField>
      {(kind === "email" || kind === "user") && (
        <FormField label="Address" errorText={lacks(value)}>
          <Input type="email" disabled={disabled} placeholder="name@example.com" value={value![kind]!} onChange={({ detail }) => onChange({ [kind]: detail.value })} />
        </FormField>
      )}
      {(kind === "group" || kind === "managerOf") && (
        <FormField label="Group" errorText={lacks(value)}>
          <Pick label="Group" disabled={disabled} value={value![kind]!} options={names} onChange={(slug) => onChange({ [kind]: slug })} />
        </FormField>
      )}
    </div>
  );
}
