import Select, { type SelectProps } from "@cloudscape-design/components/select";

export interface Option {
  value: string;
  label: string;
  description?: string;
}

/** One of several, or any: a filter over a list. */
export function Choice({ label, any, value, options, onChange, status }: { label: string; any?: string; value: string; options: Option[]; onChange: (value: string) => void; status?: SelectProps["statusType"] }) {
  const all = any === undefined ? options : [{ value: "", label: any }, ...options];
  return (
    <Select
      ariaLabel={label}
      inlineLabelText={label}
      statusType={status}
      filteringType={all.length > 10 ? "auto" : "none"}
      options={all}
      selectedOption={all.find((o) => o.value === value) ?? (value ? { value, label: value } : (all[0] ?? null))}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
      expandToViewport
    />
  );
}

/** One of several: a field of a form. */
export function Pick({ label, value, options, onChange, disabled }: { label: string; value: string; options: Option[]; onChange: (value: string) => void; disabled?: boolean }) {
  return (
    <Select
      ariaLabel={label}
      disabled={disabled}
      options={options}
      filteringType={options.length > 10 ? "auto" : "none"}
      selectedOption={options.find((o) => o.value === value) ?? { value, label: value || "None" }}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
      expandToViewport
    />
  );
}
