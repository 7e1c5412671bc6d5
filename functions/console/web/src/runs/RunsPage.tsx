import { usePage } from "../layout/page";
import RunsTable from "./RunsTable";

export default function RunsPage() {
  usePage("Runs", [{ text: "Runs", href: "/runs" }]);
  return <RunsTable />;
}
