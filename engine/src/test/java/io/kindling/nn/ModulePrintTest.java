package io.kindling.nn;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ModulePrintTest {
  @Test
  @DisplayName("N02 a module tree prints as PyTorch prints it")
  void printsAsPyTorch() throws IOException {
    Map<String, Module> modules = ModuleGoldens.modules();
    List<Executable> checks = new ArrayList<>();
    ModuleGoldens.read("module-print-goldens.txt")
        .forEach(
            (key, text) -> {
              if (modules.containsKey(key)) {
                checks.add(() -> assertEquals(text, modules.get(key).toString(), key));
              }
            });
    assertEquals(modules.size(), checks.size());
    assertAll(checks);
  }

  @Test
  @DisplayName("N02 every golden is either tested or declared absent")
  void noGoldenIsForgotten() throws IOException {
    TreeSet<String> expected = new TreeSet<>(ModuleGoldens.modules().keySet());
    expected.addAll(ModuleGoldens.ABSENT);
    assertEquals(expected, new TreeSet<>(ModuleGoldens.read("module-print-goldens.txt").keySet()));
  }

  @Test
  @DisplayName("N03 state_dict has PyTorch's names, order, types and shapes")
  void stateAsPyTorch() throws IOException {
    Map<String, String> goldens = ModuleGoldens.read("module-state-goldens.txt");
    ModuleGoldens.modules()
        .forEach((key, module) -> assertEquals(goldens.getOrDefault(key, ""), state(module), key));
  }

  private static String state(Module module) {
    return module.stateDict().entrySet().stream()
        .map(
            entry -> {
              Tensor t = entry.getValue();
              String sizes =
                  Arrays.stream(t.shape()).mapToObj(s -> " " + s).collect(Collectors.joining());
              return entry.getKey() + " " + t.dtype().torchName() + sizes;
            })
        .collect(Collectors.joining("\n"));
  }

  @Test
  @DisplayName("N02 a parameter prints as PyTorch prints it")
  void parameter() {
    Parameter p = new Parameter(io.kindling.tensor.Tensors.tensor(1.0, 2.5));
    assertEquals(
        "Parameter containing:\ntensor([1.0000, 2.5000], requires_grad=True)", p.toString());
  }

  @Test
  @DisplayName("N02 numbers print in Python's notation")
  void numbers() {
    assertEquals("0.0", ModuleFormat.number(0));
    assertEquals("1.0", ModuleFormat.number(1));
    assertEquals("0.25", ModuleFormat.number(0.25));
    assertEquals("1e-05", ModuleFormat.number(1e-5));
    assertEquals("0.0001", ModuleFormat.number(1e-4));
    assertEquals("123456.0", ModuleFormat.number(123456));
    assertEquals("1.5e+16", ModuleFormat.number(1.5e16));
    assertEquals("0.1", ModuleFormat.number(0.1));
    assertEquals("0.30000000000000004", ModuleFormat.number(0.1 + 0.2));
  }

  @Test
  @DisplayName("N02 an anonymous module prints under the name of what it extends")
  void anonymous() {
    Module module =
        new Module() {
          private static final long serialVersionUID = 1L;
          final Linear fc = new Linear(1, 2);

          @Override
          public Tensor forward(Tensor x) {
            return fc.forward(x);
          }
        };
    assertTrue(module.toString().startsWith("Module(\n  (fc): Linear("), module.toString());
  }
}
