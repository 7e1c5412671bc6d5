import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";

export const validSlug = (s: string) => /^[a-z0-9][a-z0-9_-]{0,39}$/.test(s);

/** The id that workflows name something by; it stays as it is once chosen. */
export default function SlugField({ value, fixed, onChange }: { value: string; fixed: boolean; onChange: (slug: string) => void }) {
  return (
    <FormField
      label="Id"
      description="What workflows name it by. It cannot be changed later."
      errorText={value && !validSlug(value) ? "At most 40 lower-case letters, digits, - or _" : undefined}
    >
      <Input value={value} readOnly={fixed} onChange={({ detail }) => onChange(detail.value.toLowerCase())} />
    </FormField>
  );
}
