import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";

/** A filter that came with the address, from another page: what it is, and the way out of it. */
export default function Only({ what, value, href, onClear }: { what: string; value: string; href: string; onClear: () => void }) {
  if (!value) return null;
  return (
    <div className="only">
      <span>
        Only of <Link href={href}>{what}</Link>
      </span>
      <Button iconName="close" variant="icon" ariaLabel={`Not only of ${what}`} onClick={onClear} />
    </div>
  );
}
