import TopNavigation, { type TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import { useState } from "react";
import { useMe } from "../auth/Gate";
import { signOut, signedIn } from "../auth/session";
import { chooseSpacing, chooseTheme, spacing, theme, type Spacing, type Theme } from "./preferences";

const mark = (chosen: boolean) => (chosen ? ("check" as const) : undefined);

/** The bar on top: the product, the looks, who is signed in. */
export default function TopBar() {
  const me = useMe();
  const [looks, setLooks] = useState({ theme: theme(), spacing: spacing() });
  const themes: [Theme, string][] = [
    ["system", "As the system"],
    ["light", "Light"],
    ["dark", "Dark"],
  ];
  const spacings: [Spacing, string][] = [
    ["comfortable", "Comfortable"],
    ["compact", "Compact"],
  ];
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: "menu-dropdown",
      iconName: "settings",
      text: "Looks",
      ariaLabel: "Looks",
      items: [
        { id: "colours", text: "Colours", items: themes.map(([id, text]) => ({ id: "theme:" + id, text, iconName: mark(looks.theme === id) })) },
        { id: "spacing", text: "Spacing", items: spacings.map(([id, text]) => ({ id: "spacing:" + id, text, iconName: mark(looks.spacing === id) })) },
      ],
      onItemClick: ({ detail }) => {
        const [kind, value] = detail.id.split(":");
        if (kind === "theme") chooseTheme(value as Theme);
        if (kind === "spacing") chooseSpacing(value as Spacing);
        setLooks({ theme: theme(), spacing: spacing() });
      },
    },
    {
      type: "menu-dropdown",
      iconName: "user-profile",
      text: me.email,
      description: me.role,
      items: signedIn()
        ? [{ id: "sign-out", text: "Sign out" }]
        : [{ id: "local", text: "Local user", description: "This stack asks nobody to sign in", disabled: true }],
      onItemClick: ({ detail }) => {
        if (detail.id === "sign-out") void signOut();
      },
    },
  ];
  return (
    <TopNavigation
      identity={{ href: "/", title: "Deskhand", logo: { src: "/icon.svg", alt: "Deskhand logo" } }}
      utilities={utilities}
      i18nStrings={{ overflowMenuTriggerText: "More", overflowMenuTitleText: "All" }}
    />
  );
}
