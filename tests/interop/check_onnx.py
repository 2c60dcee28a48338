"""onnx.checker on every file that onnx_models wrote:  check_onnx.py FOLDER"""
import pathlib
import sys

import onnx

paths = sorted(pathlib.Path(sys.argv[1]).glob("*/model.onnx"))
faults = 0
for path in paths:
    model = onnx.load(str(path))
    try:
        onnx.checker.check_model(model, full_check=True)
        opset = [o.version for o in model.opset_import if o.domain == ""]
        assert len(opset) == 1 and opset[0] >= 13, f"opset {opset}"
        for value in list(model.graph.input) + list(model.graph.output):
            first = value.type.tensor_type.shape.dim[0]
            assert first.dim_param == "batch", f"the first axis of {value.name} is not open"
    except Exception as fault:  # all of them are to be seen
        faults += 1
        print(f"{path}: {fault}")
print(f"{len(paths)} models checked, {faults} with faults")
sys.exit(1 if faults or not paths else 0)
