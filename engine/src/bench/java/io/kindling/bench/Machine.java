package io.kindling.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the figures come from. */
final class Machine {
  private Machine() {}

  /** A markdown list of everything that figures depend on. */
  static String description() {
    return String.join(
        System.lineSeparator(),
        "- CPU: " + cpu() + ", " + Runtime.getRuntime().availableProcessors() + " cores",
        "- JDK " + System.getProperty("java.vm.version") + ", " + System.getProperty("os.name")
            + " " + System.getProperty("os.version"),
        "- " + System.getProperty("bench.versions", "library versions not given"),
        "- one thread on both sides; load of the machine when done: " + load(),
        "");
  }

  /** Both sides read this variable when they load. */
  static void requireOneThread() {
    if (!"1".equals(System.getenv("OMP_NUM_THREADS"))) {
      throw new IllegalStateException("run with OMP_NUM_THREADS=1 in the environment");
    }
  }

  /** Call after libtorch has loaded. */
  static void requireMkl() {
    if (lines("/proc/self/maps").stream().noneMatch(line -> line.contains("libmkl_rt"))) {
      throw new IllegalStateException(
          "libtorch runs without MKL: add -Dorg.bytedeco.openblas.load=mkl_rt");
    }
  }

  private static String cpu() {
    List<String> info = lines("/proc/cpuinfo");
    return field(info, "model name") + " (family " + field(info, "cpu family") + ", model "
        + field(info, "model\t") + ")" + (has(info, " amx_tile") ? " with AMX" : "")
        + (has(info, " avx512f") ? ", AVX-512" : "");
  }

  private static boolean has(List<String> info, String flag) {
    return info.stream().anyMatch(line -> line.startsWith("flags") && line.contains(flag));
  }

  private static String field(List<String> info, String key) {
    return info.stream()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(line.indexOf(':') + 1).trim())
        .findFirst()
        .orElse("unknown");
  }

  private static String load() {
    return String.join("", lines("/proc/loadavg")).split(" ", 2)[0];
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException("the benchmarks need Linux", e);
    }
  }
}
