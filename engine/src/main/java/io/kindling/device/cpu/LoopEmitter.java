package io.kindling.device.cpu;

import static org.objectweb.asm.Opcodes.*;

import io.kindling.device.formula.Expr;
import io.kindling.device.formula.Formula;
import io.kindling.device.formula.MathFunction;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;

/**
 * Writes one loop over arrays. Parameters of the method: inputs, outputs, temporaries, length,
 * numbers. Conditions are ints of 0 and 1 on the stack; a selection is made from bits.
 */
final class LoopEmitter {
  private static final int INPUTS = 0;
  private static final int OUTPUTS = 1;
  private static final int TEMPS = 2;
  private static final int LENGTH = 3;
  private static final int NUMBERS = 4;

  private final MethodVisitor mv;
  private final Lane lane;
  private final OperandKinds kinds;

  /** Local variables: arrays and numbers by what they are, statements by their place. */
  private final Map<String, Integer> variables = new HashMap<>();

  private final Map<Integer, Boolean> inputs = new HashMap<>();
  private int next = NUMBERS + 1;
  private int index;
  private final Label test = new Label();
  private final Label done = new Label();

  LoopEmitter(MethodVisitor mv, Lane lane, OperandKinds kinds) {
    this.mv = mv;
    this.lane = lane;
    this.kinds = kinds;
  }

  // ---- before the loop: arrays and numbers into local variables

  /**
   * Opens what a value reads.
   *
   * @param tempOf where a statement of another loop left its value, -1 for one of this loop
   * @param isRowNumber whether that is one number for all elements
   */
  void open(Expr e, IntUnaryOperator tempOf, IntPredicate isRowNumber) {
    if (e instanceof Expr.Input in) {
      openArray(INPUTS, in.index(), elementOf(kinds.in(in.index())));
      inputs.put(in.index(), true);
    } else if (e instanceof Expr.Scalar s) {
      openNumber(s.index());
    } else if (e instanceof Expr.Local l && tempOf.applyAsInt(l.statement()) >= 0) {
      openTemp(tempOf.applyAsInt(l.statement()));
      int array = variable(key(TEMPS, tempOf.applyAsInt(l.statement())));
      if (isRowNumber.test(l.statement())) {
        mv.visitVarInsn(ALOAD, array);
        mv.visitInsn(ICONST_0);
        mv.visitInsn(lane.type.getOpcode(IALOAD));
        int slot = variable("local" + l.statement(), lane.type.getSize());
        mv.visitVarInsn(lane.type.getOpcode(ISTORE), slot);
      } else {
        variables.put("from" + l.statement(), array);
      }
    }
    e.parts().forEach(part -> open(part, tempOf, isRowNumber));
  }

  /** An input's array under its one name: else the JVM must think that a write changes others. */
  void openOutput(int output) {
    int input = kinds.sharedBy(output);
    if (input < 0) {
      openArray(OUTPUTS, output, elementOf(kinds.out(output)));
    } else {
      openArray(INPUTS, input, elementOf(kinds.in(input)));
      variables.put(key(OUTPUTS, output), variable(key(INPUTS, input)));
    }
  }

  void openTemp(int temp) {
    openArray(TEMPS, temp, lane.type);
  }

  private Type elementOf(Loop.Kind kind) {
    return switch (kind) {
      case LANES -> lane.type;
      case TRUTHS -> Type.BYTE_TYPE;
      case BITS -> lane.bits;
    };
  }

  private static String key(int table, int index) {
    return table + ":" + index;
  }

  private void openArray(int table, int at, Type element) {
    if (!variables.containsKey(key(table, at))) {
      mv.visitVarInsn(ALOAD, table);
      mv.visitLdcInsn(at);
      mv.visitInsn(AALOAD);
      mv.visitTypeInsn(CHECKCAST, LoopCompiler.arrayOf(element).getDescriptor());
      mv.visitVarInsn(ASTORE, variable(key(table, at), 1));
    }
  }

  private void openNumber(int at) {
    if (!variables.containsKey("s" + at)) {
      mv.visitVarInsn(ALOAD, NUMBERS);
      mv.visitLdcInsn(at);
      mv.visitInsn(DALOAD);
      switch (lane) {
        case F32 -> mv.visitInsn(D2F);
        case I64 -> mv.visitInsn(D2L);
        case F64 -> {}
      }
      mv.visitVarInsn(lane.type.getOpcode(ISTORE), variable("s" + at, lane.type.getSize()));
    }
  }

  private int variable(String key, int size) {
    int slot = next;
    next += size;
    variables.put(key, slot);
    return slot;
  }

  private int variable(String key) {
    return java.util.Objects.requireNonNull(variables.get(key), key);
  }

  // ---- the loop

  void begin() {
    index = variable("i", 1);
    mv.visitInsn(ICONST_0);
    mv.visitVarInsn(ISTORE, index);
    mv.visitLabel(test);
    mv.visitVarInsn(ILOAD, index);
    mv.visitVarInsn(ILOAD, LENGTH);
    mv.visitJumpInsn(IF_ICMPGE, done);
    // Every input is read before any output is written: they may be the same array.
    for (int input : inputs.keySet()) {
      Type type = elementOf(kinds.in(input));
      element(key(INPUTS, input), type);
      Type onStack = type == Type.BYTE_TYPE ? Type.INT_TYPE : type;
      mv.visitVarInsn(onStack.getOpcode(ISTORE), variable("in" + input, onStack.getSize()));
    }
  }

  private void element(String array, Type type) {
    mv.visitVarInsn(ALOAD, variable(array));
    mv.visitVarInsn(ILOAD, index);
    mv.visitInsn(type.getOpcode(IALOAD));
  }

  void end() {
    mv.visitIincInsn(index, 1);
    mv.visitJumpInsn(GOTO, test);
    mv.visitLabel(done);
    mv.visitInsn(RETURN);
  }

  void statement(int place, Formula.Statement s, int temp) {
    int output = s.output();
    if (output >= 0 && kinds.out(output) == Loop.Kind.BITS) {
      bitsOfSelect((Expr.Select) s.value());
      store(key(OUTPUTS, output), lane.bits, variable("bits", lane.bits.getSize()));
      return;
    }
    Type type = s.value().isTruth() ? Type.INT_TYPE : lane.type;
    value(s.value());
    int slot = variable("local" + place, type.getSize());
    mv.visitVarInsn(type.getOpcode(ISTORE), slot);
    if (temp >= 0) {
      storeLanes(key(TEMPS, temp), type, slot);
    }
    if (output >= 0 && kinds.out(output) == Loop.Kind.TRUTHS) {
      mv.visitVarInsn(ALOAD, variable(key(OUTPUTS, output)));
      mv.visitVarInsn(ILOAD, index);
      mv.visitVarInsn(ILOAD, slot);
      mv.visitInsn(I2B);
      mv.visitInsn(BASTORE);
    } else if (output >= 0) {
      storeLanes(key(OUTPUTS, output), type, slot);
    }
  }

  /** From a variable of {@code type}, the value on top of the stack being stored there first. */
  private void store(String array, Type type, int slot) {
    mv.visitVarInsn(type.getOpcode(ISTORE), slot);
    mv.visitVarInsn(ALOAD, variable(array));
    mv.visitVarInsn(ILOAD, index);
    mv.visitVarInsn(type.getOpcode(ILOAD), slot);
    mv.visitInsn(type.getOpcode(IASTORE));
  }

  private void storeLanes(String array, Type type, int slot) {
    mv.visitVarInsn(ALOAD, variable(array));
    mv.visitVarInsn(ILOAD, index);
    mv.visitVarInsn(type.getOpcode(ILOAD), slot);
    if (type == Type.INT_TYPE) {
      truthToNumber();
    }
    mv.visitInsn(lane.type.getOpcode(IASTORE));
  }

  // ---- values, left on the stack

  /** A number where one is wanted: a condition becomes 0 or 1. */
  private void number(Expr e) {
    value(e);
    if (e.isTruth()) {
      truthToNumber();
    }
  }

  private void truthToNumber() {
    mv.visitInsn(lane == Lane.F32 ? I2F : lane == Lane.F64 ? I2D : I2L);
  }

  private void value(Expr e) {
    if (e instanceof Expr.Num n) {
      constant(n.value());
    } else if (e instanceof Expr.Input in) {
      input(in.index());
    } else if (e instanceof Expr.Scalar s) {
      mv.visitVarInsn(lane.type.getOpcode(ILOAD), variable("s" + s.index()));
    } else if (e instanceof Expr.Local l) {
      local(l);
    } else if (e instanceof Expr.Neg n) {
      number(n.x());
      mv.visitInsn(lane.type.getOpcode(INEG));
    } else if (e instanceof Expr.Arith a) {
      arith(a);
    } else if (e instanceof Expr.Compare c) {
      compare(c);
    } else if (e instanceof Expr.Logic l) {
      value(l.x());
      value(l.y());
      mv.visitInsn(l.operator() == '&' ? IAND : l.operator() == '|' ? IOR : IXOR);
    } else if (e instanceof Expr.Select s) {
      bitsOfSelect(s);
      fromBits();
    } else if (e instanceof Expr.Call c) {
      call(c);
    }
  }

  private void constant(double value) {
    switch (lane) {
      case F32 -> mv.visitLdcInsn((float) value);
      case F64 -> mv.visitLdcInsn(value);
      case I64 -> mv.visitLdcInsn((long) value);
    }
  }

  private void input(int input) {
    Type type = elementOf(kinds.in(input));
    int slot = variable("in" + input);
    if (type == Type.BYTE_TYPE) {
      mv.visitVarInsn(ILOAD, slot);
      truthToNumber();
    } else {
      mv.visitVarInsn(type.getOpcode(ILOAD), slot);
    }
  }

  private void local(Expr.Local l) {
    Integer own = variables.get("local" + l.statement());
    if (own != null) {
      Type type = l.isTruth() ? Type.INT_TYPE : lane.type;
      mv.visitVarInsn(type.getOpcode(ILOAD), own);
      return;
    }
    mv.visitVarInsn(ALOAD, variable("from" + l.statement()));
    mv.visitVarInsn(ILOAD, index);
    mv.visitInsn(lane.type.getOpcode(IALOAD));
    if (l.isTruth()) {
      mv.visitInsn(lane == Lane.F32 ? F2I : lane == Lane.F64 ? D2I : L2I);
    }
  }

  private void arith(Expr.Arith a) {
    number(a.x());
    number(a.y());
    int opcode =
        switch (a.operator()) {
          case '+' -> IADD;
          case '-' -> ISUB;
          case '*' -> IMUL;
          case '/' -> IDIV;
          default -> throw new IllegalStateException("operator " + a.operator());
        };
    mv.visitInsn(lane.type.getOpcode(opcode));
  }

  private void compare(Expr.Compare c) {
    if (c.isZeroTest() && isBytes(((Expr.Input) c.x()).index())) {
      mv.visitVarInsn(ILOAD, variable("in" + ((Expr.Input) c.x()).index()));
      if (c.operator().equals("==")) {
        mv.visitInsn(ICONST_1);
        mv.visitInsn(IXOR);
      }
      return;
    }
    number(c.x());
    number(c.y());
    boolean less = c.operator().startsWith("<");
    // With NaN the comparison must come out such that the jump is not taken.
    switch (lane) {
      case F32 -> mv.visitInsn(less ? FCMPG : FCMPL);
      case F64 -> mv.visitInsn(less ? DCMPG : DCMPL);
      case I64 -> mv.visitInsn(LCMP);
    }
    Label yes = new Label();
    Label end = new Label();
    mv.visitJumpInsn(jump(c.operator()), yes);
    mv.visitInsn(ICONST_0);
    mv.visitJumpInsn(GOTO, end);
    mv.visitLabel(yes);
    mv.visitInsn(ICONST_1);
    mv.visitLabel(end);
  }

  private boolean isBytes(int input) {
    return kinds.in(input) == Loop.Kind.TRUTHS;
  }

  private static int jump(String operator) {
    return switch (operator) {
      case "<" -> IFLT;
      case "<=" -> IFLE;
      case ">" -> IFGT;
      case ">=" -> IFGE;
      case "==" -> IFEQ;
      case "!=" -> IFNE;
      default -> throw new IllegalStateException("operator " + operator);
    };
  }

  /** {@code y ^ ((x ^ y) & -condition)}. */
  private void bitsOfSelect(Expr.Select s) {
    Type t = lane.bits;
    int y = next;
    next += t.getSize();
    bits(s.y());
    mv.visitVarInsn(t.getOpcode(ISTORE), y);
    bits(s.x());
    mv.visitVarInsn(t.getOpcode(ILOAD), y);
    mv.visitInsn(t.getOpcode(IXOR));
    value(s.condition());
    if (t == Type.LONG_TYPE) {
      mv.visitInsn(I2L);
    }
    mv.visitInsn(t.getOpcode(INEG));
    mv.visitInsn(t.getOpcode(IAND));
    mv.visitVarInsn(t.getOpcode(ILOAD), y);
    mv.visitInsn(t.getOpcode(IXOR));
  }

  private void bits(Expr e) {
    if (e instanceof Expr.Input in && kinds.in(in.index()) == Loop.Kind.BITS) {
      mv.visitVarInsn(lane.bits.getOpcode(ILOAD), variable("in" + in.index()));
      return;
    }
    number(e);
    switch (lane) {
      case F32 ->
          mv.visitMethodInsn(INVOKESTATIC, "java/lang/Float", "floatToRawIntBits", "(F)I", false);
      case F64 ->
          mv.visitMethodInsn(
              INVOKESTATIC, "java/lang/Double", "doubleToRawLongBits", "(D)J", false);
      case I64 -> {}
    }
  }

  private void fromBits() {
    switch (lane) {
      case F32 ->
          mv.visitMethodInsn(INVOKESTATIC, "java/lang/Float", "intBitsToFloat", "(I)F", false);
      case F64 ->
          mv.visitMethodInsn(INVOKESTATIC, "java/lang/Double", "longBitsToDouble", "(J)D", false);
      case I64 -> {}
    }
  }

  private void call(Expr.Call c) {
    c.arguments().forEach(this::number);
    String t = lane.type.getDescriptor();
    MathFunction f = c.function();
    boolean simple = f == MathFunction.ABS || f == MathFunction.MAX || f == MathFunction.MIN;
    if (f == MathFunction.SQRT && lane == Lane.F32) {
      mv.visitInsn(F2D);
      mv.visitMethodInsn(INVOKESTATIC, "java/lang/Math", "sqrt", "(D)D", false);
      mv.visitInsn(D2F);
      return;
    }
    String owner =
        simple || f == MathFunction.SQRT ? "java/lang/Math" : "io/kindling/device/cpu/ScalarMath";
    mv.visitMethodInsn(
        INVOKESTATIC, owner, f.text(), "(" + t.repeat(f.arguments()) + ")" + t, false);
  }
}
