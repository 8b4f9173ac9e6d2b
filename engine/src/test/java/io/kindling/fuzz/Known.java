package io.kindling.fuzz;

import io.kindling.fuzz.Comparison.Difference;
import io.kindling.fuzz.Comparison.Kind;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A difference from libtorch that is known, with a program that shows it.
 *
 * @param fault whether it is Kindling's fault, to be mended; otherwise it is accepted
 * @param where the operators concerned, a pattern
 * @param answers a pattern found in what either side answers
 * @param oneDnn whether only the backend on oneDNN shows it
 * @param program a pattern found in the smallest program that shows it, or null for any
 */
record Known(
    String reason,
    boolean fault,
    boolean oneDnn,
    Kind kind,
    Pattern where,
    Pattern answers,
    @Nullable Pattern program,
    String witness) {

  static List<Known> all() {
    return Stream.concat(Differences.ALL.stream(), Faults.ALL.stream()).toList();
  }

  static @Nullable Known of(Difference d, boolean smallest) {
    for (Known k : all()) {
      if (k.covers(d, smallest)) {
        return k;
      }
    }
    return null;
  }

  boolean covers(Difference d, boolean smallest) {
    return kind == d.kind()
        && where.matcher(d.where()).matches()
        && answers.matcher(d.ours() + "\n" + d.theirs()).find()
        && (program == null || (smallest && program.matcher(d.program().toString()).find()));
  }

  static Known accepted(String reason, Kind kind, String where, String answers, String... witness) {
    return of(reason, false, kind, where, answers, null, witness);
  }

  static Known fault(String reason, Kind kind, String where, String answers, String... witness) {
    return of(reason, true, kind, where, answers, null, witness);
  }

  private static Known of(
      String reason,
      boolean fault,
      Kind kind,
      String where,
      String answers,
      @Nullable Pattern program,
      String... witness) {
    return new Known(
        reason,
        fault,
        false,
        kind,
        Pattern.compile(where),
        Pattern.compile(answers),
        program,
        String.join("\n", List.of(witness)));
  }

  /** Where only the smallest program tells the difference from others. */
  Known in(String pattern) {
    return new Known(
        reason, fault, oneDnn, kind, where, answers, Pattern.compile(pattern), witness);
  }

  Known onOneDnn() {
    return new Known(reason, fault, true, kind, where, answers, program, witness);
  }

  /** Whether its program must show it on this backend. */
  boolean shows() {
    return !oneDnn || !"java".equals(System.getProperty("kindling.backend"));
  }
}
