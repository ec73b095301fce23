# %%
# %idle_timeout 30
before = 1
wrong = before / 0

# %%
while before:
    pass

# %%
print("Grüße 𝕏", before, "again")
