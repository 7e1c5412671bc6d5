import { useCallback, useEffect, useRef, useState } from "react";

/** A message's HTML, cleaned by the server, in a frame of its own: no scripts run in it
 *  (sandbox, and the policy of mail-frame.html), nothing is fetched from elsewhere, links
 *  open in another window. */
export default function MailFrame({ html, title }: { html: string; title: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(80);
  const [loaded, setLoaded] = useState(false);

  const measure = useCallback(() => {
    const body = frame.current?.contentDocument?.body;
    if (body) setHeight(Math.min(4000, body.scrollHeight + 2));
  }, []);

  useEffect(() => {
    const body = loaded ? frame.current?.contentDocument?.body : undefined;
    if (!body) return;
    body.innerHTML = html;
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(body);
    return () => watch.disconnect();
  }, [html, loaded, measure]);

  return (
    <iframe
      ref={frame}
      className="mail-frame"
      title={title}
      src="/mail-frame.html"
      sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
      referrerPolicy="no-referrer"
      style={{ blockSize: height }}
      onLoad={() => setLoaded(true)}
    />
  );
}
