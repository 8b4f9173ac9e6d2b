package io.kindling.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The rows of RESULTS.md: what happened, how the run ended, how long it took. */
final class FaultTable {
  private final List<String> rows = new ArrayList<>();

  void add(String fault, FaultyRun run) {
    int ending = run.ending();
    String last = run.driver().err().isEmpty() ? "" : run.lastLine();
    rows.add(
        String.format(
            Locale.ROOT,
            "| %s | %d | %.1f | %s |",
            fault,
            ending,
            run.seconds(),
            ending == 0 ? "the same bits" : last.replace("|", "\\|")));
  }

  void print() {
    System.out.println("| fault | ending | seconds | result, or last line |");
    System.out.println("|---|---|---|---|");
    rows.forEach(System.out::println);
  }
}
