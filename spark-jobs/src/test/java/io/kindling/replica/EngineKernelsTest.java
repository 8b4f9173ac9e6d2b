package io.kindling.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kindling.conf.EngineConfig;
import io.kindling.conf.MemorySize;
import io.kindling.core.DeviceException;
import io.kindling.device.cpu.Cpu;
import io.kindling.device.cpu.Isa;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** In a process of its own each time: kernels are chosen once in a process. */
@DisplayName("The kernels of a process")
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
class EngineKernelsTest {
  /** Sets the engine up for one run after another, and tells the kernels or why not. */
  public static void main(String[] runs) {
    for (String run : runs) {
      String[] words = run.split(",");
      try {
        EngineSetup.apply(
            new EngineConfig(
                EngineConfig.Backend.valueOf(words[0].toUpperCase(Locale.ROOT)),
                MemorySize.parse("auto"),
                EngineConfig.Device.AUTO,
                Isa.valueOf(words[1].toUpperCase(Locale.ROOT))));
        System.out.println("> " + Cpu.backend().fingerprint());
      } catch (DeviceException e) {
        System.out.println("> " + e.getMessage());
      }
    }
  }

  private static List<String> process(String option, String... runs) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(List.of("-cp", classes, option, EngineKernelsTest.class.getName()));
    command.addAll(Arrays.asList(runs));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return out.lines()
          .filter(line -> line.startsWith("> "))
          .map(line -> line.substring(2).replaceAll("onednn [0-9.]+", "onednn VERSION"))
          .toList();
    } finally {
      process.destroy();
    }
  }

  @Test
  @DisplayName("are capped by engine.isa, whatever the process was started with, and for good")
  void capped() throws IOException {
    assertEquals(
        List.of(
            "onednn VERSION sse41",
            "onednn VERSION sse41",
            "engine.isa: avx comes too late for this process: its kernels (onednn VERSION sse41)"
                + " were chosen with sse41, which is done once, before the first tensor; start"
                + " another process for this run",
            "engine.backend: java comes too late for this process: its kernels (onednn VERSION"
                + " sse41) were chosen with onednn, which is done once, before the first tensor;"
                + " start another process for this run"),
        process("-Dkindling.isa=avx", "onednn,sse41", "auto,auto", "auto,avx", "java,auto"));
  }

  @Test
  @DisplayName("are those that the process was started with where nothing else is configured")
  void started() throws IOException {
    assertEquals(List.of("onednn VERSION sse41"), process("-Dkindling.isa=sse41", "auto,auto"));
  }
}
