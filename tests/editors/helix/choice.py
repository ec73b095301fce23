# %%
# %idle_timeout 30

# %%
chosen = [
    "settings",
    "came first",
]
print(" ".join(chosen))
