import AppLayout from "@cloudscape-design/components/app-layout";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Flashbar from "@cloudscape-design/components/flashbar";
import { useEffect, useState, type ReactNode } from "react";
import { dismiss, useNotices } from "./notices";
import { usePageInfo } from "./page";
import { recall, remember } from "./preferences";
import Navigation from "./Navigation";
import TopBar from "./TopBar";

/** Cloudscape's bar on narrow screens has an attribute that its role does not know, which
 *  screen readers may stumble over. */
function mend() {
  requestAnimationFrame(() => {
    for (const nav of document.querySelectorAll("nav[aria-orientation]")) nav.removeAttribute("aria-orientation");
  });
}

/** The frame of every page: bar, navigation, breadcrumbs, messages. */
export default function Shell({ children }: { children: ReactNode }) {
  const info = usePageInfo();
  const notices = useNotices();
  const [open, setOpen] = useState(() => window.innerWidth >= 1100 && recall("navigation", true));
  useEffect(() => {
    mend();
    window.addEventListener("resize", mend);
    return () => window.removeEventListener("resize", mend);
  });
  return (
    <>
      <div id="top">
        <TopBar />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigation={<Navigation />}
        navigationWidth={240}
        navigationOpen={info.bare ? false : open}
        navigationHide={info.bare}
        onNavigationChange={({ detail }) => {
          // The layout also closes it by itself while the window changes; that is nobody's wish.
          const wide = window.innerWidth >= 1100;
          if (wide && navigator.userActivation?.isActive === false) return;
          setOpen(detail.open);
          if (wide) remember("navigation", detail.open);
        }}
        breadcrumbs={info.crumbs.length > 1 ? <BreadcrumbGroup items={info.crumbs} /> : undefined}
        notifications={
          <Flashbar
            stackItems={notices.length > 2}
            items={notices.map((n) => ({
              id: String(n.id),
              type: n.type,
              content: n.text,
              dismissible: true,
              ariaRole: n.type === "error" ? "alert" : "status",
              onDismiss: () => dismiss(n.id),
            }))}
          />
        }
        maxContentWidth={info.bare ? Number.MAX_VALUE : 1600}
        disableContentPaddings={info.bare}
        content={children}
      />
    </>
  );
}
