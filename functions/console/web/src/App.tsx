import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Problem } from "./api/problem";
import Gate from "./auth/Gate";
import { PageProvider } from "./layout/page";
import Shell from "./layout/Shell";
import Routes from "./routes";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the API refused stays refused; what did not come through is asked for again.
      retry: (n, e) => n < 2 && (!(e instanceof Problem) || e.status === 0 || e.status >= 500 || e.status === 429),
    },
  },
});

export default function App({ failure }: { failure?: Error }) {
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <QueryClientProvider client={client}>
        <Gate failure={failure}>
          <PageProvider>
            <Shell>
              <Routes />
            </Shell>
          </PageProvider>
        </Gate>
      </QueryClientProvider>
    </I18nProvider>
  );
}
