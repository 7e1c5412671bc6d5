import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import { useLocation } from "wouter";

const items: SideNavigationProps.Item[] = [
  {
    type: "section-group",
    title: "Automation",
    items: [
      { type: "link", text: "Workflows", href: "/workflows" },
      { type: "link", text: "Runs", href: "/runs" },
      { type: "link", text: "Events", href: "/events" },
      { type: "link", text: "Approvals", href: "/approvals" },
    ],
  },
  { type: "divider" },
  {
    type: "section-group",
    title: "Desk",
    items: [
      { type: "link", text: "Conversations", href: "/conversations" },
      { type: "link", text: "Tickets", href: "/tickets" },
      { type: "link", text: "Contacts", href: "/contacts" },
    ],
  },
  { type: "divider" },
  {
    type: "section-group",
    title: "Administration",
    items: [
      { type: "link", text: "Inboxes", href: "/inboxes" },
      { type: "link", text: "Groups", href: "/groups" },
      { type: "link", text: "Settings", href: "/settings" },
      { type: "link", text: "Failed mail", href: "/failed-mail" },
      { type: "link", text: "Audit log", href: "/audit" },
    ],
  },
];

export default function Navigation() {
  const [path] = useLocation();
  const active = "/" + (path.split("/")[1] || "workflows");
  return <SideNavigation activeHref={active} items={items} />;
}
