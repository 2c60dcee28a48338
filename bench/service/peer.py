"""The 784-64-784 model behind FastAPI and PyTorch, for bench/service/speed.sh: what one would write in Python.

    python3 peer.py PORT
"""

import sys

import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

torch.set_num_threads(1)  # one row at a time has nothing for a second
encoder = torch.nn.Sequential(torch.nn.Linear(784, 64), torch.nn.ReLU()).eval()
decoder = torch.nn.Sequential(torch.nn.Linear(64, 784), torch.nn.Sigmoid()).eval()
app = FastAPI()


class Rows(BaseModel):
    data: list[list[float]]


@app.post("/encode")
async def encode(rows: Rows):
    with torch.inference_mode():
        return {"codes": encoder(torch.tensor(rows.data)).tolist()}


@app.post("/anomaly_score")
async def anomaly_score(rows: Rows):
    with torch.inference_mode():
        x = torch.tensor(rows.data)
        return {"scores": ((decoder(encoder(x)) - x) ** 2).mean(1).tolist()}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
