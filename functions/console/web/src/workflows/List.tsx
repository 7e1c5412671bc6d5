import { usePage } from "../layout/page";
export default function List() {
  usePage("Workflows", [{ text: "Workflows", href: "/workflows" }]);
  return <p>Workflows</p>;
}
