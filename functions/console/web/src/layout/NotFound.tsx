import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";
import { useLocation } from "wouter";
import { usePage } from "./page";

export default function NotFound() {
  const [path] = useLocation();
  usePage("No such page", []);
  return (
    <Box padding="xxl" textAlign="center">
      <Box variant="h1">There is no page {path}</Box>
      <p>
        Start at <Link href="/workflows">Workflows</Link>.
      </p>
    </Box>
  );
}
